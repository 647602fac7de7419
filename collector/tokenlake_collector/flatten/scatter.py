"""Put every known attribute into its slot: one pass for all columns and dialects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.decode.records import Attributes, Index
from tokenlake_collector.dialects.columns import Reading
from tokenlake_collector.dialects.slots import Slots
from tokenlake_collector.flatten.values import Mask, Values


@dataclass(frozen=True, slots=True)
class Scattered:
    """For every owner and slot the row of the attribute that won, -1 where none is there.

    `counts` and `amounts` hold each attribute's number where some slot wants one; their last element is a
    0 for the row -1.
    """

    slots: Slots
    values: Values
    keys: Index
    winner: Index
    counts: npt.NDArray[np.int64]
    amounts: npt.NDArray[np.float64]

    def rows(self, name: str) -> Index:
        """Return the winning attribute's row in a slot, per owner."""
        column: Index = self.winner[:, self.slots.index(name)]
        return column

    def text(self, name: str, owners: Index) -> pa.StringArray:
        """Return a slot's text for some owners."""
        return self.values.text(self.rows(name)[owners])


def scatter(attributes: Attributes, slots: Slots) -> Scattered:
    """Choose, per owner and slot, the readable attribute with the best rank."""
    found = pc.index_in(attributes.keys, value_set=slots.keys)
    keys: Index = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    known = np.flatnonzero(keys >= 0)
    scattered = Scattered(
        slots=slots,
        values=Values(attributes.values),
        keys=keys,
        winner=np.full((attributes.owners, len(slots.names)), -1, dtype=np.int64),
        counts=np.zeros(len(keys) + 1, dtype=np.int64),
        amounts=np.zeros(len(keys) + 1, dtype=np.float64),
    )
    rows = np.tile(known, len(slots.slot))
    slot, rank = slots.slot[:, keys[known]].ravel(), slots.rank[:, keys[known]].ravel()
    wanted = np.flatnonzero(slot >= 0)
    kept = wanted[_read(rows[wanted], slot[wanted], scattered)]
    # With repeated positions the last assignment stands: worst rank first, so that the best one is left.
    order = kept[np.argsort(-rank[kept], kind="stable")]
    scattered.winner[attributes.owner[rows[order]], slot[order]] = rows[order]
    return scattered


def _read(rows: Index, slot: Index, scattered: Scattered) -> Mask:
    """Read every number that some slot wants, and tell which attributes could be read."""
    values, readings = scattered.values, scattered.slots.readings[slot]
    readable: Mask = np.zeros(len(rows), dtype=np.bool_)
    counts, amounts, texts = (np.flatnonzero(readings == index) for index in range(len(Reading)))
    scattered.counts[rows[counts]], readable[counts] = values.counts(rows[counts])
    scattered.amounts[rows[amounts]], readable[amounts] = values.amounts(rows[amounts])
    readable[texts] = values.has_text(rows[texts])
    return readable
