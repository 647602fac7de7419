"""A bounded memory of the keys that were seen, so that most batches need not ask the database."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Keys: TypeAlias = npt.NDArray[np.uint64]

_BITS = 2**25
_PER_GENERATION = 2_000_000
"""Keys in a generation: 16 MB, and 4 MiB for the filter before them, which one unseen key in 80 passes."""


class Memory(Protocol):
    """What keys are kept in."""

    has_forgotten: bool

    def add(self, keys: Keys) -> None:
        """Remember keys, each given once."""

    def holds(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """Tell which keys were added."""


class Few:
    """A memory of few keys, which forgets none: the tables of `Seen` take longer to make than to fill."""

    def __init__(self) -> None:
        self.has_forgotten = False
        self._keys = np.zeros(0, dtype=np.uint64)

    def add(self, keys: Keys) -> None:
        """Remember keys."""
        self._keys = np.union1d(self._keys, keys)

    def holds(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """Tell which keys were added."""
        return np.isin(keys, self._keys)


class Seen:
    """Remembers 64-bit keys: whether one was added is known for sure until it is forgotten.

    Of two generations the older is forgotten when the younger is full, so at least the last two million keys
    are known. `has_forgotten` tells whether that ever happened.
    """

    def __init__(self) -> None:
        self.has_forgotten = False
        self._young, self._old = _Generation(), _Generation()

    def add(self, keys: Keys) -> None:
        """Remember keys, each given once."""
        # What is sent again and again, as while a disk is full, must not push the others out.
        keys = keys[~self._young.holds(keys)]
        if len(self._young) + len(keys) > _PER_GENERATION:
            self.has_forgotten |= len(self._old) > 0
            self._old, self._young = self._young, _Generation()
        self._young.add(keys)

    def holds(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """Tell which keys were added."""
        return self._young.holds(keys) | self._old.holds(keys)


def once(keys: Keys) -> Keys:
    """Return each key once, in order; NumPy's own `unique` hashes them, which takes ten times as long."""
    ordered = np.sort(keys)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(keys) else ordered


class _Generation:
    """Keys in sorted runs, behind a Bloom filter: a look-up in the runs costs ten times as much."""

    def __init__(self) -> None:
        self._field = np.zeros(_BITS // 8, dtype=np.uint8)
        self._runs: list[Keys] = []

    def __len__(self) -> int:
        return sum(map(len, self._runs))

    def add(self, keys: Keys) -> None:
        if not len(keys):
            return
        for places in _places(keys):
            _set_bits(self._field, places)
        run = np.sort(keys)
        # Runs at least double in size from one to the next, so there are few, and each key is moved seldom.
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            run = np.sort(np.concatenate([self._runs.pop(), run]), kind="stable")
        self._runs.append(run)

    def holds(self, keys: Keys) -> npt.NDArray[np.bool_]:
        if not len(keys) or not self._runs:
            return np.zeros(len(keys), dtype=np.bool_)
        first, second = (self._field[places >> 3] & _bit(places) for places in _places(keys))
        held: npt.NDArray[np.bool_] = (first != 0) & (second != 0)
        maybe = np.flatnonzero(held)
        if not len(maybe):
            return held
        found = np.zeros(len(maybe), dtype=np.bool_)
        for run in self._runs:
            places = np.searchsorted(run, keys[maybe])
            found |= run[np.minimum(places, len(run) - 1)] == keys[maybe]
        held[maybe] = found
        return held


def _set_bits(field: npt.NDArray[np.uint8], places: npt.NDArray[np.int64]) -> None:
    """Set bits; where two share a byte one is lost and set again (`bitwise_or.at` takes 8 times as long)."""
    while len(places):
        field[places >> 3] |= _bit(places)
        places = places[field[places >> 3] & _bit(places) == 0]


def _places(keys: Keys) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    mask = np.uint64(_BITS - 1)
    return (keys & mask).astype(np.int64), ((keys >> np.uint64(32)) & mask).astype(np.int64)


def _bit(places: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    bits: npt.NDArray[np.uint8] = np.left_shift(1, places & 7).astype(np.uint8)
    return bits
