"""Rows for people (a table with bars) and for programs (JSON, CSV)."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

FIGURES = (
    "calls",
    "errors",
    "input_tokens",
    "cache_read_tokens",
    "output_tokens",
    "total_tokens",
    "estimated_cost",
)
"""The figures that a table shows; JSON and CSV have all."""

COSTS = ("calls", "total_tokens", "unpriced_calls", "reported_cost", "computed_cost", "estimated_cost")
"""What a table shows of money: both sides, and what is taken for true."""

_MONEY = frozenset({"reported_cost", "computed_cost", "estimated_cost"})
_NUMBERS = frozenset({*FIGURES, *COSTS})

BAR = "bar"
LEAST_IMPORTANT = (
    "cache_read_tokens",
    BAR,
    "models",
    "channel",
    "errors",
    "input_tokens",
    "output_tokens",
    "estimated_cost",
)
"""What a table leaves out when the terminal is too narrow, in this order."""

_BAR_WIDTH = 12
_TEXT_WIDTH = 28
_HEADINGS = {
    "input_tokens": "input",
    "cache_read_tokens": "cached",
    "output_tokens": "output",
    "total_tokens": "total",
    "estimated_cost": "USD",
    "reported_cost": "reported USD",
    "computed_cost": "computed USD",
    "unpriced_calls": "unpriced",
}

Row = Mapping[str, Any]


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def write(rows: Sequence[Row] | Row, form: Format, title: str, columns: Sequence[str]) -> None:
    """Write one row or several to standard output; `columns` are those that a table shows."""
    if form is Format.JSON:
        json.dump(rows, sys.stdout, default=_iso, indent=2)
        sys.stdout.write("\n")
        return
    many = [rows] if isinstance(rows, Mapping) else rows
    if form is Format.CSV:
        _write_csv(many)
    else:
        console = Console()
        console.print(_table(many, title, columns, console.width))


def _write_csv(rows: Sequence[Row]) -> None:
    writer = csv.writer(sys.stdout)
    if rows:
        writer.writerow(rows[0])
        writer.writerows([[_cell(value) for value in row.values()] for row in rows])


def _table(rows: Sequence[Row], title: str, columns: Sequence[str], width: int) -> Table:
    """Lay rows out; figures are never cut short, so a narrow terminal shows fewer of them."""
    table = Table(
        title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False,
        caption=None if rows else "no rows",
    )  # fmt: skip
    shown = _fitting(rows, columns, width)
    for column in shown:
        if column == BAR:
            table.add_column("", min_width=_BAR_WIDTH, no_wrap=True)
        elif column in _NUMBERS:
            table.add_column(_heading(column), justify="right", no_wrap=True)
        else:
            table.add_column(_heading(column), no_wrap=True, overflow="ellipsis", max_width=_TEXT_WIDTH)
    largest = max((row["total_tokens"] for row in rows), default=0)
    for row in rows:
        table.add_row(*(_cell_text(column, row, largest) for column in shown))
    return table


def _fitting(rows: Sequence[Row], columns: Sequence[str], width: int) -> list[str]:
    """Return the columns that fit into a terminal, leaving out the least important first."""
    shown = [*columns, BAR]
    for least in LEAST_IMPORTANT:
        if sum(_column_width(rows, column) + 3 for column in shown) <= width:
            break
        if least in shown:
            shown.remove(least)
    return shown


def _column_width(rows: Sequence[Row], column: str) -> int:
    if column == BAR:
        return _BAR_WIDTH
    widest = max((len(_text(column, row[column])) for row in rows), default=0)
    return max(len(_heading(column)), widest if column in _NUMBERS else min(widest, _TEXT_WIDTH))


def _cell_text(column: str, row: Row, largest: int) -> Text:
    return Text(_bar(row["total_tokens"], largest) if column == BAR else _text(column, row[column]))


def _heading(column: str) -> str:
    return _HEADINGS.get(column, column)


def _bar(value: int, largest: int) -> str:
    eighths = round(value / largest * _BAR_WIDTH * 8) if largest else 0
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def _text(column: str, value: Any) -> str:
    if value is None:
        return "(none)"
    if column in _MONEY:
        return f"{value:,.4f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _cell(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return ";".join(value) if isinstance(value, list) else value


def _iso(value: date) -> str:
    return value.isoformat()
