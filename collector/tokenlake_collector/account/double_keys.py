"""Keys by which doubles are found: what their services, counts and minutes have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tokenlake_collector.account.doubles import LONGEST
from tokenlake_collector.account.reports import ROUNDING
from tokenlake_collector.account.seen import Keys, Memory, Seen, once
from tokenlake_collector.account.sources import FRAMEWORK, SDK
from tokenlake_collector.identity import mix
from tokenlake_collector.texts import distinct

Mask = npt.NDArray[np.bool_]

COLUMNS = "service_name, input_tokens, output_tokens, timestamp, duration_ms"
"""What keys are made of."""

_MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class DoubleKeys:
    """Keys of reports of one side, and in which rows of the batch they are."""

    row: npt.NDArray[np.int64]
    key: Keys


@dataclass(frozen=True, slots=True)
class Sides:
    """The keys of a batch of `size` reports.

    A framework's report has a key for each minute that it touches, an SDK's for the minute in which it began.
    """

    frameworks: DoubleKeys
    sdks: DoubleKeys
    size: int


def double_keys(rows: pa.Table, kinds: npt.NDArray[np.int8]) -> Sides:
    """Return the keys of those reports of a batch that may have a double, given the kinds of their emitters.

    A key says less than the rule asks for, and some have one in vain: most reports have no company, and
    looking at everything would cost more than looking for a double of an agent now and then.
    """
    service = _hashed(rows["service_name"])
    counts = [rows[name].to_numpy().astype(np.uint64) for name in ("input_tokens", "output_tokens")]
    kinds = np.where((service != 0) & ((counts[0] | counts[1]) != 0), kinds, 0)
    frameworks, sdks = np.flatnonzero(kinds == FRAMEWORK), np.flatnonzero(kinds == SDK)
    base = service ^ mix(counts[0] ^ mix(counts[1]))
    start = rows["timestamp"].to_numpy().astype("datetime64[us]").astype(np.int64)
    return Sides(
        _each_minute(frameworks, base, start, rows["duration_ms"]),
        _keys(sdks, base[sdks], start[sdks] // _MINUTE_US),
        rows.num_rows,
    )


class SeenDoubles:
    """Remembers the keys of both sides, and whether any ever met."""

    def __init__(self, memory: Callable[[], Memory] = Seen) -> None:
        self.met = False
        self._frameworks, self._sdks = memory(), memory()

    @property
    def has_forgotten(self) -> bool:
        """Tell whether something that is stored may be unknown here."""
        return self._frameworks.has_forgotten or self._sdks.has_forgotten

    def add(self, sides: Sides) -> None:
        """Remember a batch."""
        self.met = self.met or bool(self.involved(sides).any())
        self._frameworks.add(once(sides.frameworks.key))
        self._sdks.add(once(sides.sdks.key))

    def stored(self, sides: Sides) -> Mask:
        """Tell which reports of a batch may have a double that was remembered."""
        mask = np.zeros(sides.size, dtype=np.bool_)
        mask[sides.frameworks.row[self._sdks.holds(sides.frameworks.key)]] = True
        mask[sides.sdks.row[self._frameworks.holds(sides.sdks.key)]] = True
        return mask

    def involved(self, sides: Sides) -> Mask:
        """Tell which reports of a batch may have a double, remembered or in the batch."""
        mask = self.stored(sides)
        if len(sides.frameworks.key) and len(sides.sdks.key):
            common = np.intersect1d(sides.frameworks.key, sides.sdks.key)
            for keys in (sides.frameworks, sides.sdks):
                mask[keys.row[np.isin(keys.key, common)]] = True
        return mask


def _each_minute(rows: Any, base: Keys, start: Any, duration_ms: pa.ChunkedArray) -> DoubleKeys:
    """Return keys for all minutes of some rows; longer ones than may have a double get none."""
    if not len(rows):
        return DoubleKeys(rows, base[rows])
    milliseconds = duration_ms.fill_null(0.0).to_numpy()
    rows = rows[milliseconds[rows] <= LONGEST.total_seconds() * 1e3 + 1]
    rounding = ROUNDING.microseconds
    first = (start[rows] - rounding) // _MINUTE_US
    last = (start[rows] + np.rint(milliseconds[rows] * 1e3).astype(np.int64) + rounding) // _MINUTE_US
    minutes = np.maximum(last - first + 1, 1)
    repeated = np.repeat(rows, minutes)
    within = np.arange(len(repeated)) - np.repeat(np.cumsum(minutes) - minutes, minutes)
    return _keys(repeated, base[repeated], np.repeat(first, minutes) + within)


def _keys(rows: Any, base: Any, minute: Any) -> DoubleKeys:
    return DoubleKeys(rows, mix(base ^ mix(minute.astype(np.uint64))))


def _hashed(column: pa.ChunkedArray) -> Keys:
    """Hash each distinct text once; 0 for NULL."""
    if column.null_count == len(column):
        return np.zeros(len(column), dtype=np.uint64)
    texts, codes = distinct(column)
    hashes = np.array([0 if text is None else hash(text) for text in texts], dtype=np.int64)
    keys: Keys = hashes.view(np.uint64)[codes]
    return keys
