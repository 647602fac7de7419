"""The rows of a statement for people: a table, or a list of values where that is too wide."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tokenlake_collector.live_sql.formats import plain_rows

MOST_SHOWN = 500
"""Rows; more are for programs."""

_WIDEST = 40
_UNBOUNDED = 10_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def show(table: pa.Table) -> None:
    """Write rows to standard output, exact and uncut; to a pipe or file, as wide as they are."""
    console = Console()
    width = console.width if console.is_terminal else _UNBOUNDED
    rows = list(plain_rows(table.slice(0, MOST_SHOWN)))
    cells = [[_text(value) for value in row] for row in rows]
    if _width(table.column_names, cells) <= width:
        console.print(_across(table, cells), width=width, crop=False)
    else:
        _down(console, table.column_names, cells)
    more = table.num_rows - len(rows)
    note = f", {more:,} of them not shown: --csv and --json have all" if more else ""
    console.print(Text(f"{table.num_rows:,} {'row' if table.num_rows == 1 else 'rows'}{note}", style="dim"))


def _width(names: Sequence[str], cells: Sequence[Sequence[str]]) -> int:
    columns = zip(names, *cells, strict=True)
    return sum(min(_WIDEST, max(map(len, column))) + 2 for column in columns)


def _across(table: pa.Table, cells: Sequence[Sequence[str]]) -> Table:
    drawn = Table(box=SIMPLE_HEAD, pad_edge=False)
    for field in table.schema:
        number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
        drawn.add_column(Text(field.name), justify="right" if number else "left", overflow="fold")
    for row in cells:
        drawn.add_row(*map(Text, row))
    return drawn


def _down(console: Console, names: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    for number, row in enumerate(cells, start=1):
        console.print(Text(f"— row {number} —", style="dim"))
        drawn = Table.grid(padding=(0, 2))
        for name, cell in zip(names, row, strict=True):
            drawn.add_row(Text(name, style="bold"), Text(cell))
        console.print(drawn)


def _text(value: Any) -> str:
    """Write a value; control characters of a model's or user's name are nothing for a terminal."""
    if value is None:
        return "NULL"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict | bool) else str(value)
    return _CONTROL.sub("�", text)
