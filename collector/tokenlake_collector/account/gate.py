"""Which reports of a batch have relatives that can change their verdict; the others stand alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.account.double_keys import SeenDoubles, Sides
from tokenlake_collector.account.keys import KinKeys, RowKeys, StoredKeys
from tokenlake_collector.account.seen import Keys, Memory, Seen, once
from tokenlake_collector.account.sources import ACCUMULATING
from tokenlake_collector.texts import distinct

Mask = npt.NDArray[np.bool_]

_INFORMING = ("session_id", "user_id", "channel", "operation_detail")


class Gate:
    """Remembers what has been stored, and tells a batch's lone reports from those with company.

    `memory` makes what keys are kept in.
    """

    def __init__(self, memory: Callable[[], Memory] = Seen) -> None:
        self._incomplete = False
        self.reported = memory()
        self._kin = memory()
        self._ids = memory()
        self._doubles = SeenDoubles(memory)

    @property
    def has_forgotten(self) -> bool:
        """Tell whether something that is stored may be unknown here."""
        return self._incomplete or any(
            s.has_forgotten for s in (self.reported, self._kin, self._ids, self._doubles)
        )

    @property
    def has_doubles(self) -> bool:
        """Tell whether any two reports, stored ones too, may be doubles of each other."""
        return self._doubles.met

    def begin_incomplete(self) -> None:
        """Take note that more is stored than was read."""
        self._incomplete = True

    def add_reported(self, traces: Keys) -> None:
        """Remember traces of which reports are stored."""
        self.reported.add(_present(traces))

    def add_kin(self, traces: Keys) -> None:
        """Remember traces of which spans without usage are stored."""
        self._kin.add(_present(traces))

    def add(self, rows: RowKeys, kin: KinKeys) -> None:
        """Remember a batch."""
        self.add_reported(rows.trace)
        self.add_kin(kin.trace)
        self.add_ids(rows.response, rows.request)
        self.add_doubles(rows.doubles)

    def add_stored(self, keys: StoredKeys) -> None:
        """Remember rows that are stored."""
        self.add_reported(keys.traces)
        self.add_ids(keys.ids)
        self.add_doubles(keys.doubles)

    def add_ids(self, *ids: Keys) -> None:
        """Remember provider ids."""
        for keys in ids:
            self._ids.add(_present(keys))

    def add_doubles(self, sides: Sides) -> None:
        """Remember what may have doubles."""
        self._doubles.add(sides)

    def involved(self, batch: pa.Table, rows: RowKeys, kin_batch: pa.Table, kin: KinKeys) -> Mask:
        """Tell which reports need the rules: any that could have a relative, known or in the batch."""
        own = self._suspicious(batch, rows)
        linked = _is_one_of(rows.node, _present(np.concatenate([rows.parent, kin.parent])))
        traces = rows.trace[own | linked]
        informing = kin.trace[_informing(kin_batch)]
        failed = _repeated(rows.trace[~_is_null(batch["error_type"])])
        looping = _repeated(rows.trace[rows.kind == ACCUMULATING])
        traces = _present(np.concatenate([traces, informing, failed, looping]))
        mask: Mask = own | _is_one_of(rows.trace, traces)
        return mask

    def meets(self, rows: RowKeys, involved: Mask) -> Mask:
        """Tell which involved reports may have relatives that are stored; the others' are all in the batch.

        A report without a trace cannot be told from its own repetition.
        """
        if self.has_forgotten or not involved.any():
            return involved
        known = self.reported.holds(rows.trace) | self._kin.holds(rows.trace)
        for ids in (rows.response, rows.request):
            known |= (ids != 0) & self._ids.holds(ids)
        known |= (rows.trace == 0) | self._doubles.stored(rows.doubles)
        return involved & (known | np.isin(rows.trace, rows.trace[involved & known]))

    def _suspicious(self, batch: pa.Table, rows: RowKeys) -> Mask:
        """Tell which reports are involved by themselves, whatever else is in their trace."""
        ids = np.concatenate([rows.response, rows.request])
        shared = (ids != 0) & (self._ids.holds(ids) | _is_repeated(ids))
        traced = (rows.trace != 0) & (self.reported.holds(rows.trace) | self._kin.holds(rows.trace))
        mask: Mask = ~_is_in(batch["role"], ("leaf", "")) | traced | _is_repeated(rows.report)
        mask |= shared[: len(mask)] | shared[len(mask) :] | self._doubles.involved(rows.doubles)
        return mask


def _informing(kin: pa.Table) -> Mask:
    mask = np.zeros(kin.num_rows, dtype=np.bool_)
    for column in _INFORMING:
        mask |= ~_is_null(kin[column])
    return mask


def _repeated(keys: Keys) -> Keys:
    """Return the keys that occur more than once."""
    ordered = np.sort(keys)
    return _present(ordered[1:][ordered[1:] == ordered[:-1]])


def _is_repeated(keys: Keys) -> Mask:
    return _is_one_of(keys, _repeated(keys))


def _is_one_of(keys: Keys, wanted: Keys) -> Mask:
    """Tell which keys are among some, mostly none, that are not 0."""
    return np.isin(keys, wanted) if len(wanted) else np.zeros(len(keys), dtype=np.bool_)


def _present(keys: Keys) -> Keys:
    return once(keys[keys != 0])


def _is_null(column: pa.ChunkedArray) -> Mask:
    if column.null_count in (0, len(column)):
        return np.full(len(column), column.null_count > 0)
    return np.asarray(pc.is_null(column).to_numpy(), dtype=np.bool_)


def _is_in(column: pa.ChunkedArray, values: tuple[str, ...]) -> Mask:
    texts, codes = distinct(column)
    mask: Mask = np.array([text in values for text in texts], dtype=np.bool_)[codes]
    return mask
