"""`tokenlake prune`: delete what is older than a day; what of it is sent again stays out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from typing import Annotated

import typer

from tokenlake_collector.cli.money import LedgerFile, print_table, reading
from tokenlake_collector.cli.options import Zone
from tokenlake_collector.cli.source import DEFAULT_DB
from tokenlake_collector.errors import StartupError
from tokenlake_collector.retention import prune as delete
from tokenlake_collector.retention import to_prune
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_queries.instants import find_zone, to_utc


def prune(
    before: Annotated[str, typer.Option(help="The first day that is kept, for example 2026-01-01.")],
    timezone: Zone = None,
    db: LedgerFile = DEFAULT_DB,
    apply: Annotated[
        bool, typer.Option("--apply", help="Delete; without it, only show what would be.")
    ] = False,
) -> None:
    """Delete what is older than a day; `tokenlake serve --keep-days` does it while a collector runs.

    Example: tokenlake prune --before 2026-01-01 --apply
    """
    day = _day(before)
    moment = to_utc("--before", day, find_zone(timezone))
    with _hinting(), reading(db) as connection:
        rows = to_prune(connection, moment)
    print_table([rows], f"Rows before {day}", "")
    if apply:
        with closing(Ledger.open(db)) as ledger:
            delete(ledger, moment)
        typer.echo("They are deleted.", err=True)
    else:
        typer.echo("Nothing was changed; --apply deletes them.", err=True)


@contextmanager
def _hinting() -> Iterator[None]:
    """Say what to do while a collector holds the file."""
    try:
        yield
    except StartupError as error:
        raise StartupError(f"{error}, or run it with --keep-days") from error


def _day(text: str) -> date:
    """Read a day: rows are kept or deleted by whole ones."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"--before {text!r}: write a day such as 2026-01-01") from error
