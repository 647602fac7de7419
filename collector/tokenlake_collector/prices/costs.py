"""Counts times rates, exactly: whole batches in columns, whatever their models."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from tokenlake_collector.prices.counts import Counts, Flags, Index, Matrix, Money
from tokenlake_collector.prices.rates import EXACT, Level
from tokenlake_collector.prices.units import COLUMN, PER, WHOLES


def costs_of(counts: Counts, levels: Sequence[Level], level_of: Index) -> Money:
    """Return USD per call; `level_of` is the number of its level, -1 for none. NaN is unknown.

    Counts and weights are whole numbers and so is the sum of their products. While that fits a double,
    nothing is rounded before the one division by a power of ten, so the result is the double nearest to the
    exact cost. What does not fit is reckoned in decimals: 5 µs a call instead of 0.1.
    """
    costs = np.full(len(level_of), np.nan)
    rows = np.flatnonzero((level_of >= 0) & counts.can_be_priced())
    chosen = level_of[rows]
    charged, consistent = _charged(counts.amounts[rows], _priced(levels)[chosen])
    rows, chosen, charged = rows[consistent], chosen[consistent], charged[consistent]
    weights = np.array([level.weights or _NONE for level in levels], np.float64).reshape(-1, len(COLUMN))
    sums = (charged * weights[chosen]).sum(axis=1)
    costs[rows] = sums / np.array([float(level.divisor) for level in levels])[chosen]
    whole = np.array([level.weights is not None for level in levels], np.bool_)[chosen]
    for row in np.flatnonzero((sums >= EXACT) | ~whole).tolist():
        costs[rows[row]] = _in_decimals(charged[row], levels[chosen[row]])
    return costs


_NONE = (0,) * len(COLUMN)


def _priced(levels: Sequence[Level]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    flags = [[unit in level.prices for unit in COLUMN] for level in levels]
    return np.array(flags, np.bool_).reshape(-1, len(COLUMN))


def _charged(
    amounts: Matrix, priced: np.ndarray[tuple[int, int], np.dtype[np.bool_]]
) -> tuple[Matrix, Flags]:
    """Return the counts less their priced parts, and whether no part is larger than its whole."""
    charged = amounts * priced
    parts = charged.copy()
    for part, whole in WHOLES.items():
        charged[:, COLUMN[whole]] -= parts[:, COLUMN[part]]
    return charged, np.asarray((charged >= 0).all(axis=1), np.bool_)


def _in_decimals(charged: Matrix, level: Level) -> float:
    """Reckon as the price list's own library does, term by term."""
    terms = (price * int(charged[COLUMN[unit]]) / PER[unit] for unit, price in level.prices.items())
    return float(sum(terms, Decimal(0)))
