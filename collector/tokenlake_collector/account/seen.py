"""A bounded memory of the keys that were seen, so that most batches need not ask the database."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Keys: TypeAlias = npt.NDArray[np.uint64]

_BITS = 2**26
_PER_GENERATION = 4_000_000
"""Keys in a generation of 8 MiB: with two probes each, one in 90 unseen keys then looks seen."""


class Seen:
    """Remembers 64-bit keys: one that was added is found for sure, one that was not is rarely found too.

    Two generations (Bloom filters): when the younger is full the older is forgotten, so at least the last
    four million keys are known. A key that is wrongly found costs a look-up, nothing else.
    """

    def __init__(self) -> None:
        self._young = np.zeros(_BITS // 8, dtype=np.uint8)
        self._old = np.zeros(_BITS // 8, dtype=np.uint8)
        self._added = 0

    def add(self, keys: Keys) -> None:
        """Remember keys."""
        if self._added + len(keys) > _PER_GENERATION:
            self._old, self._young, self._added = self._young, np.zeros_like(self._young), 0
        self._added += len(keys)
        for places in _places(keys):
            _set_bits(self._young, places)

    def holds(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """Tell which keys were added."""
        young = np.ones(len(keys), dtype=np.bool_)
        old = np.ones(len(keys), dtype=np.bool_)
        for places in _places(keys):
            young &= (self._young[places >> 3] & _bit(places)) != 0
            old &= (self._old[places >> 3] & _bit(places)) != 0
        return young | old


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
