"""`tokenlake export`: the rows as files, one a day, from a file or a running collector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import typer
from rich.console import Console
from rich.progress import track

from tokenlake_collector.cli.dimensions import filters_of
from tokenlake_collector.cli.options import End, Start, Where, Zone
from tokenlake_collector.cli.source import Db, Url, ask
from tokenlake_collector.cli.sql_source import answer
from tokenlake_collector.transfer import FORMS, Export, TransferError
from tokenlake_queries.lake import place_of
from tokenlake_queries.ledger import open_ledger
from tokenlake_queries.parameters import Selection, select

_TABLES = ("token_usage", "token_usage_uncounted")


def export(
    folder: Annotated[Path, typer.Argument(help="Where to write; made if it is not there.")],
    form: Annotated[str, typer.Option("--format", help="parquet, csv or arrow.")] = "parquet",
    start: Start = None,
    end: End = None,
    timezone: Zone = None,
    where: Where = None,
    uncounted: Annotated[bool, typer.Option(help="Export what was reported and not counted too.")] = True,
    db: Db = None,
    url: Url = None,
) -> None:
    """Write the rows as one file a day (UTC); days that did not change since the last time are left alone.

    Example: tokenlake export archive --end 2026-11-01
    """
    if form not in FORMS:
        raise ValueError(f"--format {form}: write one of {', '.join(FORMS)}")
    selection = select(start, end, timezone, filters_of(where))
    tables = _TABLES if uncounted else _TABLES[:1]
    ask(db, url, partial(_export, folder=folder, form=form, selection=selection, tables=tables))


def _export(source: str, folder: Path, form: str, selection: Selection, tables: tuple[str, ...]) -> None:
    with _asking(source) as asked:
        exporting = Export(asked, folder, form, selection, tables)
        parts = exporting.parts()
        console = Console(stderr=True)
        quiet = not console.is_terminal
        try:
            written = [
                exporting.write(part)
                for part in track(parts, "Exporting", console=console, disable=quiet, transient=True)
            ]
        except OSError as error:
            raise TransferError(f"{folder}: cannot be written ({error.strerror}): make room there") from error
    rows = [count for count in written if count is not None]
    typer.echo(
        f"{folder}: {len(rows)} files with {sum(rows):,} rows written, {len(parts) - len(rows)} unchanged"
    )


@contextmanager
def _asking(source: str) -> Iterator[Any]:
    """Give what runs statements; of a file, all see the same moment."""
    if source.startswith(("http://", "https://")):
        yield partial(answer, source)
        return

    def run(text: str, values: Mapping[str, Any]) -> pa.Table:
        return ledger.cursor.sql(text, params=dict(values)).to_arrow_table()

    with open_ledger(place_of(source)) as ledger:
        yield run
