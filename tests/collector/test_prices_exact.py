"""Counts times rates give the double next to the exact figure, whatever the figures are."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tokenlake_collector.prices.costs import costs_of
from tokenlake_collector.prices.counts import Counts
from tokenlake_collector.prices.rates import Price, Rates
from tokenlake_collector.prices.units import COLUMN, Unit

PRICES = st.decimals(0, 1_000, allow_nan=False, places=3) | st.decimals(0, 1, allow_nan=False, places=17)
COUNTS = st.integers(0, 5_000) | st.integers(0, 2**40)


def cost(prices: dict[Unit, Decimal], amounts: dict[Unit, int]) -> float:
    rates = Rates.of({unit: Price(price) for unit, price in prices.items()})
    row = [[amounts.get(unit, 0) for unit in COLUMN]]
    counts = Counts(np.array(row), np.array([amounts[Unit.INPUT]]))
    return float(costs_of(counts, rates.levels, np.zeros(1, np.int64))[0])


@given(PRICES, PRICES, PRICES, COUNTS, COUNTS, COUNTS)
def test_a_cost_is_the_double_next_to_the_exact_one(
    full: Decimal, read: Decimal, output: Decimal, uncached: int, cached: int, answered: int
) -> None:
    """Compared with fractions, which do not round; cached tokens are inside the input."""
    prices = {Unit.INPUT: full, Unit.CACHE_READ: read, Unit.OUTPUT: output}
    amounts = {Unit.INPUT: uncached + cached, Unit.CACHE_READ: cached, Unit.OUTPUT: answered + 1}

    exact = uncached * Fraction(full) + cached * Fraction(read) + (answered + 1) * Fraction(output)

    assert float(exact / 1_000_000) == cost(prices, amounts)


def test_a_sum_is_not_rounded_twice() -> None:
    """0.1 and 0.2 USD per million are 0.3 together, where doubles alone would say 0.30000000000000004."""
    prices = {Unit.INPUT: Decimal("0.1"), Unit.OUTPUT: Decimal("0.2")}

    assert 0.3 == cost(prices, {Unit.INPUT: 1_000_000, Unit.OUTPUT: 1_000_000})


def test_a_part_of_a_part_without_the_part_between() -> None:
    """Only one-hour writes have a price: 60 x 2 for them, (100 - 60) x 1 for the rest of the input."""
    prices = {Unit.INPUT: Decimal(1), Unit.CACHE_WRITE_1H: Decimal(2), Unit.OUTPUT: Decimal(0)}
    amounts = {Unit.INPUT: 100, Unit.CACHE_WRITE: 80, Unit.CACHE_WRITE_1H: 60}

    assert 0.00016 == cost(prices, amounts)


def test_a_price_per_request() -> None:
    """5 USD per thousand requests, and 1,000 tokens at 1 USD per million."""
    prices = {Unit.INPUT: Decimal(1), Unit.REQUEST: Decimal(5)}

    assert 0.006 == cost(prices, {Unit.INPUT: 1_000, Unit.REQUEST: 1})
