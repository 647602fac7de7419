"""What is charged for: one row of counts per call, one column per unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tokenlake_collector.prices.units import COLUMN, Unit

Amounts: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]
Index: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
Money: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float64]]
Matrix: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.int64]]

_LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class Counts:
    """`amounts` has parts included in their wholes; `size`: the input tokens that choose a price tier."""

    amounts: Matrix
    size: Amounts

    def can_be_priced(self) -> Flags:
        """Tell which calls used tokens at all, in numbers that a double holds, none of them negative."""
        tokens = self.amounts[:, COLUMN[Unit.INPUT]] + self.amounts[:, COLUMN[Unit.OUTPUT]]
        sane = ((self.amounts >= 0) & (self.amounts <= _LARGEST)).all(axis=1)
        return np.asarray(sane & (tokens > 0), np.bool_)
