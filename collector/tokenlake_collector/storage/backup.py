"""A ledger copied into one new file, read back and counted before it gets its name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tokenlake_collector.errors import StartupError
from tokenlake_collector.storage.opening import STORAGE_VERSION
from tokenlake_collector.storage.write_ahead_log import log_of

Counts = dict[str, int]
"""Rows by table."""

ROWS_HEADER = "X-Tokenlake-Rows"
"""The HTTP header with the rows of a backup by table, as JSON."""

_COPY = "tokenlake_copy"


def back_up(source: duckdb.DuckDBPyConnection, destination: Path) -> Counts:
    """Copy the database that a connection uses into a new file, as of one moment, and return its rows.

    What is committed meanwhile is not in it. The file gets its name when it is complete, was opened and has
    the rows that it should have; nothing is ever overwritten. Only its owner may read it.

    Raises:
        StartupError: there is such a file already, or the copy cannot be made; then none is left behind.
    """
    with _unfinished(destination) as copy:
        expected = _copy(source, copy)
        return _finished(copy, destination, expected)


def keep(chunks: Iterable[bytes], expected: Counts, destination: Path) -> Counts:
    """Write a backup that was made elsewhere; raises and promises what `back_up` does."""
    with _unfinished(destination) as copy:
        copy.touch(mode=0o600, exist_ok=False)
        with copy.open("wb") as file:
            file.writelines(chunks)
        return _finished(copy, destination, expected)


@contextmanager
def _unfinished(destination: Path) -> Iterator[Path]:
    """Give a name beside the destination, and remove what is left under it."""
    if destination.exists():
        raise StartupError(f"{destination}: is there already: name a new file, nothing is overwritten")
    if not destination.parent.is_dir():
        raise StartupError(f"{destination}: the folder {destination.parent} does not exist: make it")
    copy = destination.with_name(f".{destination.name}.{os.getpid()}.unfinished")
    try:
        yield copy
    except (duckdb.Error, OSError) as error:
        line = str(error).partition("\n")[0]
        raise StartupError(f"{destination}: the ledger cannot be copied there: {line}") from error
    finally:
        for path in (copy, log_of(copy)):
            path.unlink(missing_ok=True)


def _copy(source: duckdb.DuckDBPyConnection, copy: Path) -> Counts:
    [(database,)] = source.execute("SELECT current_database()").fetchall()
    source.execute(f"ATTACH '{_quoted(copy)}' AS {_COPY} (STORAGE_VERSION '{STORAGE_VERSION}')")
    try:
        copy.chmod(0o600)
        source.execute("BEGIN")
        try:
            source.execute(f'COPY FROM DATABASE "{database}" TO {_COPY}')
            rows = _counts(source, database)
        except BaseException:
            source.execute("ROLLBACK")
            raise
        source.execute("COMMIT")
    finally:
        source.execute(f"DETACH {_COPY}")
    return rows


def _read_back(copy: Path) -> Counts:
    with duckdb.connect(str(copy), read_only=True) as connection:
        [(database,)] = connection.execute("SELECT current_database()").fetchall()
        return _counts(connection, database)


def _counts(connection: duckdb.DuckDBPyConnection, database: str) -> Counts:
    names = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? ORDER BY 1", [database]
    ).fetchall()
    return {
        name: connection.execute(f'SELECT count(*) FROM "{database}"."main"."{name}"').fetchall()[0][0]
        for (name,) in names
    }


def _finished(copy: Path, destination: Path, expected: Counts) -> Counts:
    """Check a copy and give it its name; unlike a rename, a link fails if there is a file by now."""
    found = _read_back(copy)
    if found != expected:
        raise StartupError(f"{destination}: the copy has {found} rows, the ledger {expected}: try again")
    with copy.open("rb") as file:
        os.fsync(file.fileno())
    destination.hardlink_to(copy)
    return found


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
