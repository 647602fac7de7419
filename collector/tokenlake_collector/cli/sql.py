"""`tokenlake sql`: a statement, or a shell for many, against a running collector or the file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from tokenlake_collector.cli.options import Csv, Json
from tokenlake_collector.cli.source import Db, Url, ask
from tokenlake_collector.cli.sql_shell import run_shell
from tokenlake_collector.cli.sql_source import answer
from tokenlake_collector.cli.sql_table import show
from tokenlake_collector.live_sql import FORMATS

_BINARY = frozenset({"arrow", "parquet"})


def sql(
    query: Annotated[
        str | None, typer.Argument(help="One SELECT; without it, what is piped in, or a shell.")
    ] = None,
    db: Db = None,
    url: Url = None,
    as_json: Json = False,
    as_csv: Csv = False,
    form: Annotated[str | None, typer.Option("--format", help="json, csv, arrow or parquet.")] = None,
    output: Annotated[str | None, typer.Option(help="Write to this file, with --format.")] = None,
) -> None:
    """Run a SELECT over the ledger, read-only, whether or not a collector runs on it.

    Example: tokenlake sql "SELECT model, calls, estimated_cost FROM model_usage"
    """
    chosen = _format(form, as_json=as_json, as_csv=as_csv)
    if output is not None and chosen is None:
        raise ValueError(f"--output {output}: say in which form: --format {', '.join(FORMATS)}")
    if chosen in _BINARY and output is None and sys.stdout.isatty():
        raise ValueError(f"--format {chosen}: that is nothing for a terminal: add --output FILE")

    def run(text: str) -> None:
        _write(ask(db, url, lambda source: answer(source, text)), chosen, output)

    if query is None and sys.stdin.isatty():
        run_shell(run)
    else:
        run(sys.stdin.read() if query is None else query)


def _format(form: str | None, *, as_json: bool, as_csv: bool) -> str | None:
    asked = {"--json": "json" if as_json else None, "--csv": "csv" if as_csv else None, "--format": form}
    given = {option: name for option, name in asked.items() if name is not None}
    if len(given) > 1:
        raise ValueError(f"{' and '.join(given)}: choose one of them")
    name = next(iter(given.values()), None)
    if name is not None and name not in FORMATS:
        raise ValueError(f"--format {name}: write one of {', '.join(FORMATS)}")
    return name


def _write(table: pa.Table, form: str | None, output: str | None) -> None:
    if form is None:
        show(table)
        return
    content = FORMATS[form].write(table)
    if output is not None:
        try:
            Path(output).write_bytes(content)
        except OSError as error:
            raise ValueError(f"--output {output}: cannot be written ({error.strerror})") from error
        typer.echo(f"{output}: {table.num_rows:,} rows")
        return
    sys.stdout.buffer.write(content + (b"\n" if form == "json" else b""))
