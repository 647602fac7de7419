"""`tokenlake reprice`: compute the costs of a ledger again, and look before anything changes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from functools import partial
from typing import Annotated

import duckdb
import typer

from tokenlake_collector.cli.money import LedgerFile, PriceFile, open_book, print_table, reading
from tokenlake_collector.cli.options import End, Json, Start, Zone
from tokenlake_collector.cli.output import Format, write
from tokenlake_collector.cli.source import DEFAULT_DB
from tokenlake_collector.prices import PriceBook
from tokenlake_collector.prices.repricing import Repricing, Scope
from tokenlake_collector.storage.hours.sealing import forget_sums
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_queries.parameters import select


def reprice(
    apply: Annotated[bool, typer.Option("--apply", help="Make the changes, in one transaction.")] = False,
    start: Start = None,
    end: End = None,
    model: Annotated[list[str] | None, typer.Option(help="Only this model; repeatable.")] = None,
    timezone: Zone = None,
    db: LedgerFile = DEFAULT_DB,
    price_file: PriceFile = None,
    as_json: Json = False,
) -> None:
    """Show what today's prices would change of the computed costs; --apply changes them.

    Example: tokenlake reprice --start 2026-11-01 --prices prices.toml
    """
    chosen = select(start, end, timezone, None)
    scope = Scope(chosen.start, chosen.end, tuple(model or ()))
    book = open_book(price_file)
    with reading(db) as connection:
        differences = Repricing(connection, book, scope).differences()
    rows = [asdict(difference) for difference in differences]
    if as_json:
        write(rows, Format.JSON, "", ())
    else:
        print_table(rows, "Rows whose computed cost changes", "no cost changes")
    if apply:
        with closing(Ledger.open(db)) as ledger:
            changed = ledger.transaction(partial(_reprice, book=book, scope=scope))
        typer.echo(f"{changed:,} rows changed", err=True)
    elif rows:
        typer.echo("Nothing was changed; --apply changes it.", err=True)


def _reprice(connection: duckdb.DuckDBPyConnection, book: PriceBook, scope: Scope) -> int:
    """Change costs, and forget the sums of the old ones, in one transaction."""
    forget_sums(connection)
    return Repricing(connection, book, scope).change()
