"""What the commands about money share: the price book, a ledger that no collector holds, plain tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import duckdb
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tokenlake_collector.errors import StartupError
from tokenlake_collector.prices import OwnPrices, PriceBook
from tokenlake_queries import LedgerLocked
from tokenlake_queries.lake import place_of
from tokenlake_queries.ledger import open_ledger

PriceFile = Annotated[
    str | None,
    typer.Option(
        "--prices", envvar="TOKENLAKE_PRICES", help="A TOML file with own prices; they beat the list."
    ),
]
LedgerFile = Annotated[
    str,
    typer.Option("--db", envvar="TOKENLAKE_DB", help="The ledger file; no collector may be running on it."),
]


def open_book(path: str | None) -> PriceBook:
    """Return list prices with those of a file on top.

    Raises:
        StartupError: the file is wrong; the message says where.
    """
    return PriceBook(OwnPrices.read(path) if path else None)


@contextmanager
def reading(db: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a ledger file for reading; nothing of it changes.

    Raises:
        StartupError: a collector holds it.
        LedgerError: there is no ledger.
    """
    try:
        with open_ledger(place_of(db)) as ledger:
            yield ledger.cursor
    except LedgerLocked as error:
        raise StartupError(f"{db}: in use by another process (a collector?): stop it first") from error


def print_table(rows: Sequence[Mapping[str, Any]], title: str, empty: str) -> None:
    """Write rows with the same keys for people, figures to the right; or say what it means to have none."""
    if not rows:
        Console().print(f"{title}: {empty}")
        return
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for key in rows[0]:
        numeric = all(isinstance(row[key], int | float) and not isinstance(row[key], bool) for row in rows)
        table.add_column(key, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row.values()))
    Console().print(table)


def _cell(value: object) -> str:
    if value is None:
        return "(none)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.6f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
