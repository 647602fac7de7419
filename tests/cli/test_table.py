"""A table fits its terminal and cuts no figure."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from tokenlake_collector.cli.table import FIGURES, Layout, table_of

ROWS: list[dict[str, Any]] = [
    {"model": "claude-sonnet-4-5-20250929", "user_id": "ann@example.com", "total_tokens": 750_000},
    {"model": None, "user_id": "ben@example.com", "total_tokens": 250_000},
]
REST = dict.fromkeys(FIGURES, 123_456) | {"unpriced_calls": 0}
TOTAL = REST | {"total_tokens": 1_000_000}
LAYOUT = Layout("Tokens", ("model", "user_id", *FIGURES))


def drawn(width: int, layout: Layout = LAYOUT, rows: list[dict[str, Any]] = ROWS) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(table_of([REST | row for row in rows], TOTAL, layout, width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [30, 40, 60, 80, 100, 120, 200])
def test_figures_are_whole_at_every_width(width: int) -> None:
    """No line is too long, and all that is cut short is words."""
    text = drawn(width)

    assert [] == [line for line in text.splitlines() if len(line) > width]
    assert [] == [figure for figure in ("750,000", "250,000", "1.00M") if figure not in text]


def test_a_wide_table_has_everything() -> None:
    """Figures, shares in percent, bars of them (12 characters for the whole), and a row of totals."""
    text = drawn(160)

    headings = ("calls", "errors", "input", "cached", "output", "total", "USD", "share")

    assert [] == [word for word in headings if word not in text]
    assert "75.0%   █████████ " in text
    assert "25.0%   ███ " in text
    assert "(none)" in text
    assert "all" in text


def test_bars_over_time_compare_with_the_largest() -> None:
    """A share stays one of the total; the largest bar is full (12 characters), a third of it has 4."""
    text = drawn(160, Layout("Tokens", LAYOUT.columns, in_time=True))

    assert "75.0%   ████████████" in text
    assert "25.0%   ████ " in text


def test_no_rows_say_so() -> None:
    """There is no row of totals then."""
    text = drawn(120, rows=[])

    assert "no rows" in text
    assert "1.00M" not in text


def test_an_unknown_price_is_not_shown_as_free() -> None:
    """A group without any known cost has a question mark, and a line says how many calls are left out."""
    free, unknown = {"estimated_cost": 0.0}, {"estimated_cost": 0.0, "unpriced_calls": 7}
    console = Console(file=io.StringIO(), width=160)
    rows = [REST | ROWS[0] | free, REST | ROWS[1] | unknown]
    console.print(table_of(rows, TOTAL | {"unpriced_calls": 7}, LAYOUT, 160))
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()

    [first] = [line for line in text.splitlines() if "ann@" in line]
    [second] = [line for line in text.splitlines() if "ben@" in line]

    assert ("$0", "?") == (first.split()[-3], second.split()[-3])
    assert "7 calls without a known price are not in USD" in text
