"""The rates of one model at one time, as prices and as whole numbers that doubles hold exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

import numpy as np

from tokenlake_collector.prices.counts import Amounts
from tokenlake_collector.prices.units import COLUMN, PER, WHOLES, Unit

# A double holds every integer up to the first, and every power of ten up to the second.
EXACT = 2**53
_EXACT_POWER = 22


@dataclass(frozen=True, slots=True)
class Price:
    """USD per `PER` units. A tier (start, price) holds for all units of a call with more input tokens."""

    base: Decimal
    tiers: tuple[tuple[int, Decimal], ...] = ()

    def at(self, input_tokens: int) -> Decimal:
        """Return the price that a call with this many input tokens pays."""
        reached = [price for start, price in self.tiers if input_tokens > start]
        return reached[-1] if reached else self.base

    def times(self, factor: Decimal) -> Price:
        """Return this price with base and tiers multiplied."""
        return Price(self.base * factor, tuple((start, price * factor) for start, price in self.tiers))


@dataclass(frozen=True, slots=True)
class Level:
    """The prices of calls of one size. `weights` are USD per unit times `divisor`, a power of ten.

    Without weights (the prices have too many digits) calls are reckoned in decimals, one by one.
    """

    prices: Mapping[Unit, Decimal]
    weights: tuple[int, ...] | None
    divisor: int

    @classmethod
    def of(cls, prices: Mapping[Unit, Decimal]) -> Self:
        """Scale prices to whole numbers."""
        per_unit = {COLUMN[unit]: price / PER[unit] for unit, price in prices.items()}
        digits = max(map(_digits, per_unit.values()), default=0)
        weights = tuple(int(per_unit.get(column, Decimal(0)).scaleb(digits)) for column in COLUMN.values())
        fits = digits <= _EXACT_POWER and max(weights) < EXACT
        return cls(prices, weights, 10**digits) if fits else cls(prices, None, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """A call with more input tokens than `starts[i - 1]` and no more than `starts[i]` is on `levels[i]`."""

    starts: Amounts
    levels: tuple[Level, ...]

    @classmethod
    def of(cls, prices: Mapping[Unit, Price]) -> Self:
        """Prepare prices for whole groups of calls."""
        complete = _with_wholes(prices)
        starts = sorted({start for price in complete.values() for start, _ in price.tiers})
        sizes = [0, *(start + 1 for start in starts)]
        levels = [Level.of({unit: price.at(size) for unit, price in complete.items()}) for size in sizes]
        return cls(np.array(starts, np.int64), tuple(levels))


def _with_wholes(prices: Mapping[Unit, Price]) -> Mapping[Unit, Price]:
    """Give a part of a part its whole at that one's own whole's price, or it would be charged in both."""
    complete = dict(prices)
    for part in prices:
        whole = WHOLES.get(part)
        if whole in WHOLES and whole not in complete and WHOLES[whole] in complete:
            complete[whole] = complete[WHOLES[whole]]
    return complete


def _digits(value: Decimal) -> int:
    """Return the digits behind the point that a value needs."""
    return max(0, -int(value.normalize().as_tuple().exponent)) if value else 0
