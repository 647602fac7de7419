"""Numbers as people read them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenlake_collector.cli.bars import bar, sparkline
from tokenlake_collector.cli.figures import cell, number, percent, usd


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (999_999, "999,999"),
        (1_000_000, "1.00M"),
        (1_234_567, "1.23M"),
        (9_994_999, "9.99M"),
        (9_995_000, "10.0M"),
        (99_950_000, "100M"),
        (999_499_999, "999M"),
        (999_500_000, "1.00B"),
        (12_345_678_901, "12.3B"),
        (7_000_000_000_000, "7.00T"),
        (2**63 - 1, "9,223,372T"),
    ],
)
def test_a_number_is_exact_below_a_million(value: int, shown: str) -> None:
    """Above, it has three digits and a letter, and never a thousand of one letter."""
    assert shown == number(value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "$0"),
        (0.00002, "<$0.0001"),
        (0.00123, "$0.0012"),
        (0.3, "$0.30"),
        (3.414, "$3.41"),
        (12_345.6, "$12,345.60"),
        (1_230_000.0, "$1.23M"),
    ],
)
def test_money_is_in_cents(value: float, shown: str) -> None:
    """Below a cent there are four places; what costs something is never shown as nothing."""
    assert shown == usd(value)


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 3, "0.0%"),
        (1, 3, "33.3%"),
        (3, 3, "100.0%"),
        (1, 9999, "<0.1%"),
        (9998, 9999, ">99.9%"),
        (0, 0, "-"),
    ],
)
def test_a_share_is_in_percent(part: float, whole: float, shown: str) -> None:
    """Something is not 0%, less than everything is not 100%, and nothing has no shares."""
    assert shown == percent(part, whole)


def test_the_absent_value_has_a_name() -> None:
    """A group of rows without a value is (none), whatever the column."""
    assert ["(none)", "(none)"] == [cell("user_id", None), cell("estimated_cost", None)]


@pytest.mark.parametrize(
    ("part", "shown"), [(0, ""), (0.001, "▏"), (0.5, "██"), (0.53125, "██▏"), (1, "████"), (7, "████")]
)
def test_a_bar_is_exact_to_an_eighth(part: float, shown: str) -> None:
    """Of four characters, a half is two; the least is an eighth, the most four."""
    assert shown == bar(part, 1, 4)


def test_a_sparkline_has_a_level_for_each_value() -> None:
    """Nothing is a dot, the largest is full, one eighth of it is the second level."""
    assert "·▁▂▅█" == sparkline([0, 0.5, 1, 4, 8], 10)


def test_a_narrow_sparkline_sums_neighbours() -> None:
    """Six values in three characters: 1 + 1, 0 + 0 and 2 + 2."""
    assert "▅·█" == sparkline([1, 1, 0, 0, 2, 2], 3)


@given(st.lists(st.integers(0, 2**40), max_size=300), st.integers(1, 80))
def test_a_sparkline_fits(values: list[int], width: int) -> None:
    """It is never wider than asked, and only nothing is a dot."""
    shown = sparkline(values, width)

    assert re.fullmatch(r"[·▁▂▃▄▅▆▇█]*", shown)
    assert len(shown) <= width
    assert (not any(values)) == (set(shown) <= {"·"})
