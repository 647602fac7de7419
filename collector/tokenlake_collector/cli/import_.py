"""`tokenlake import`: OTLP files, exports, tables of other trackers, into a file or a running collector."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from tokenlake_collector.cli.money import PriceFile, open_book
from tokenlake_collector.cli.options import Zone
from tokenlake_collector.cli.source import DEFAULT_DB
from tokenlake_collector.errors import CommitFailed
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.transfer import (
    CollectorTarget,
    FileTarget,
    Kind,
    Problem,
    RowImport,
    Target,
    TransferError,
    files_below,
    kind_of,
)
from tokenlake_queries.instants import find_zone

_SHOWN = 20
"""Problems of one file that are shown; the others are counted."""


def import_(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of them.")],
    db: Annotated[
        str | None, typer.Option(envvar="TOKENLAKE_DB", help="The ledger file; made if it is not there.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(envvar="TOKENLAKE_URL", help="A running collector, for OTLP files.")
    ] = None,
    timezone: Zone = None,
    prices: PriceFile = None,
) -> None:
    """Import OTLP files, exported Parquet or a SQLite token_usage; what is there already is left alone.

    Example: tokenlake import archive traces.jsonl --db usage.duckdb
    """
    if db is not None and url is not None:
        raise ValueError(f"--db {db} and --url {url}: name one of them, rows go into one ledger")
    files = [(file, kind_of(file)) for path in paths for file in files_below(path)]
    zone, book = find_zone(timezone), open_book(prices)
    try:
        if url is not None:
            complete = _import(files, CollectorTarget(url))
        else:
            with closing(Ledger.open(db or DEFAULT_DB)) as ledger, RowImport(ledger) as rows:
                complete = _import(files, FileTarget(ledger, book, rows, zone))
    except CommitFailed as error:
        raise TransferError(f"{error}: make room, and import the same again") from error
    if not complete:
        raise typer.Exit(1)


def _import(files: Sequence[tuple[Path, Kind]], target: Target) -> bool:
    """Import one file after another, and say what became of each; return whether all was read."""
    if not files:
        raise TransferError("there is no file in these folders: name others")
    # A list: each is imported, also behind one with problems.
    complete = [_import_file(path, kind, target) for path, kind in files]
    return all(complete)


def _import_file(path: Path, kind: Kind, target: Target) -> bool:
    count = 0

    def report(problem: Problem) -> None:
        nonlocal count
        count += 1
        if count <= _SHOWN:
            typer.echo(str(problem), err=True)

    words = target.add(path, kind, report)
    if count > _SHOWN:
        typer.echo(f"{path}: {count - _SHOWN:,} more like these", err=True)
    typer.echo(f"{path}: {words}" + (f"; {count:,} not imported" if count else ""))
    return not count
