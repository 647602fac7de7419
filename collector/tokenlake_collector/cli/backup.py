"""`tokenlake backup`: the ledger as one new file, checked, whether or not a collector runs on it."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from tokenlake_collector.cli.source import Db, Url, ask
from tokenlake_collector.storage.backup import ROWS_HEADER, Counts, back_up, keep
from tokenlake_queries import LedgerError
from tokenlake_queries.lake import is_lake, shown
from tokenlake_queries.ledger import open_ledger
from tokenlake_queries.remote import add_token

_TIMEOUT_S = 600
_CHUNK = 2**20


def backup(
    destination: Annotated[
        str, typer.Argument(help="The file to make; one that is there is never overwritten.")
    ],
    db: Db = None,
    url: Url = None,
) -> None:
    """Copy the ledger into one new file, read it back, and count its rows; a running collector goes on.

    Example: tokenlake backup --db usage.duckdb backups/2026-11-24.duckdb
    """
    source, rows = ask(db, url, partial(_back_up, Path(destination)))
    typer.echo(f"{destination}: {source} with {rows.get('token_usage', 0):,} rows in token_usage")


def _back_up(destination: Path, source: str) -> tuple[str, Counts]:
    if source.startswith(("http://", "https://")):
        return source, fetch_backup(source, destination)
    if is_lake(source):
        raise LedgerError(
            f"{shown(source)}: a ledger on DuckLake is backed up where it is, see docs/scale.md; "
            "`tokenlake migrate` copies it into a file"
        )
    # Says in its own words why a file cannot be read, and whether a collector holds it.
    with open_ledger(Path(source)):
        pass
    with duckdb.connect() as connection:
        path = source.replace("'", "''")
        connection.execute(f"ATTACH '{path}' AS ledger (READ_ONLY)")
        connection.execute("USE ledger")
        return source, back_up(connection, destination)


def fetch_backup(url: str, destination: Path) -> Counts:
    """Ask a running collector for a copy of its ledger, write it into a new file, and return its rows.

    Raises:
        LedgerError: no collector answers there, or it does not give one.
        StartupError: it cannot be written.
    """
    request = urllib.request.Request(f"{url.rstrip('/')}/backup")  # noqa: S310 - http or https, checked above
    add_token(request)
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as reply:  # noqa: S310 - as above
            if ROWS_HEADER not in reply.headers:
                raise LedgerError(f"{url} sends no {ROWS_HEADER}: is it a tokenlake collector?")
            expected: Counts = json.loads(reply.headers[ROWS_HEADER])
            return keep(iter(partial(reply.read, _CHUNK), b""), expected, destination)
    except urllib.error.HTTPError as error:
        with error:
            raise LedgerError(
                f"{url} answers {error.code}: {error.read().decode('utf-8', 'replace')}"
            ) from error
    except (OSError, http.client.HTTPException) as error:
        raise LedgerError(f"{url}: no collector answers there ({error})") from error
