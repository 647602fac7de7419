"""`tokenlake migrate`: a ledger moved from a file to DuckLake, or back, and compared."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from tokenlake_collector.cli.backup import fetch_backup
from tokenlake_collector.cli.money import print_table
from tokenlake_collector.cli.moving import moving
from tokenlake_collector.cli.source import ask, is_url
from tokenlake_collector.migrate import Source
from tokenlake_collector.migrate import migrate as move
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_queries.lake import is_lake, shown

_SHOWN = ("calls", "errors", "input_tokens", "output_tokens", "estimated_cost")
_COPY = Path(".tokenlake-migrate")
"""Where the copy of a running collector's ledger is, for as long as it is needed, in the current folder."""


def migrate(
    from_: Annotated[
        str,
        typer.Option("--from", help="The ledger to read: a file, ducklake:postgres:…, or a collector's URL."),
    ],
    to: Annotated[
        str, typer.Option(help="The ledger to write: a file or ducklake:postgres:…; made if not there.")
    ],
    data_path: Annotated[
        str | None,
        typer.Option(envvar="TOKENLAKE_DATA_PATH", help="Where a new lake has its data: a folder, or s3://…"),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(envvar="TOKENLAKE_URL", help="The running collector that holds the file, if one does."),
    ] = None,
) -> None:
    """Move all rows into another ledger; run again, it goes on where it was and moves what changed since.

    Example: tokenlake migrate --from usage.duckdb --to 'ducklake:postgres:dbname=usage' --data-path lake
    """
    run = partial(_migrate, to=to, data_path=data_path)
    if is_url(from_):
        run(from_)
    else:
        ask(from_, url, run)


def _migrate(source: str, to: str, data_path: str | None) -> None:
    with _readable(source) as name, moving() as progress:
        found = Source.read(name)
        migrated = move(found, to, data_path, progress)
    before, after = found.statistics.total, migrated.statistics.total
    rows = [{"figure": name, "from": before[name], "to": after[name]} for name in _SHOWN]
    print_table(rows, "All rows and statistics are equal", "")
    typer.echo(f"{shown(to)}: {migrated.rows:,} rows moved from {shown(source)}")
    if is_url(source) or is_lake(source):
        typer.echo(
            "A collector may have written since: stop it, and run the same again before you switch.", err=True
        )


@contextmanager
def _readable(source: str) -> Iterator[str]:
    """Give the name of a ledger that nobody writes: a copy, where a collector is asked."""
    if not is_url(source):
        yield source
        return
    # One that was killed leaves its copy behind.
    shutil.rmtree(_COPY, ignore_errors=True)
    _COPY.mkdir()
    copy = _COPY / "usage.duckdb"
    try:
        fetch_backup(source, copy)
        # An older collector has an older schema.
        Ledger.open(copy).close()
        yield str(copy)
    finally:
        shutil.rmtree(_COPY, ignore_errors=True)
