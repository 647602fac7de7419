"""Open the ledger file, or say in one line why it cannot be opened and what to do; touch nothing then."""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

import duckdb

from tokenlake_collector.errors import StartupError
from tokenlake_collector.storage.migrations import migrate, newest_version, schema_version
from tokenlake_collector.storage.write_ahead_log import (
    CHECKPOINT_BYTES,
    keep_copy,
    log_of,
    reads_to_its_end,
    set_aside,
)

_MAGIC = slice(8, 12), b"DUCK"

STORAGE_VERSION = "v1.5.0"
"""DuckDB 2.0 would otherwise write files that 1.5 cannot read; the older version costs nothing measurable."""

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "storage_compatibility_version": STORAGE_VERSION,
    "python_enable_replacements": False,
    "checkpoint_threshold": f"{CHECKPOINT_BYTES} bytes",
    # One core is left to the interpreter. On two cores a second thread of DuckDB's took 5 µs of CPU a span.
    "threads": max(1, (os.cpu_count() or 1) - 1),
}
"""How DuckDB is set up in a process that writes."""

_OPEN_FILES = Path("/dev/fd")
"""What a process has open, on Linux and macOS."""

_log = logging.getLogger(__name__)


class _LogDoesNotReplay(StartupError):
    """The file itself may be sound; its write-ahead log is not."""


def open_file(path: Path, memory_mib: int | None = None) -> duckdb.DuckDBPyConnection:
    """Open or create the DuckDB file at `path` and bring its schema up to date.

    DuckDB may use `memory_mib`; by itself it would take up to 80 % of the machine, as much as the file has.
    A write-ahead log that does not replay is set aside, and the file opened as of its last checkpoint.

    Raises:
        StartupError: not a DuckDB database, not ours, damaged, locked, of a newer version, or unwritable.
    """
    if path.exists():
        _refuse_second_opening(path)
        _inspect(path)
        _look_at_log(path)
    elif not path.parent.is_dir():
        raise StartupError(
            f"{path}: the folder {path.parent} does not exist: make it, or choose another --db"
        )
    connection = _connect(path, read_only=False)
    try:
        if schema_version(connection) < newest_version():
            migrate(connection)
            # DuckDB 1.5 fails to replay an ALTER of token_usage: rows in the same log would be lost with it.
            connection.execute("CHECKPOINT")
        if memory_mib is not None:
            connection.execute(f"SET memory_limit = '{memory_mib:d}MiB'")
    except duckdb.Error as error:
        connection.close()
        raise StartupError(f"{path}: {_explain(path, str(error))}") from error
    return connection


def open_memory() -> duckdb.DuckDBPyConnection:
    """Return a new ledger in memory, for tests and trials."""
    connection = duckdb.connect(":memory:", config=CONFIG)
    migrate(connection)
    return connection


def _refuse_second_opening(path: Path) -> None:
    """Make sure that this process has the file open nowhere.

    DuckDB's lock is the process's: it would be gone as soon as any other opening of the file is closed.
    """
    with contextlib.suppress(OSError):
        for opened in _OPEN_FILES.iterdir():
            with contextlib.suppress(OSError):
                if path.samefile(opened):
                    raise StartupError(f"{path}: open in this process already: close that first")


def _inspect(path: Path) -> None:
    """Look at an existing file without writing.

    Its magic number comes first: for some other formats DuckDB would try to download an extension.
    """
    if not path.is_file():
        raise StartupError(f"{path}: not a file: choose another --db")
    with path.open("rb") as file:
        head = file.read(16)
    if head[_MAGIC[0]] != _MAGIC[1]:
        raise StartupError(f"{path}: not a DuckDB database: choose another --db (this file is untouched)")
    try:
        _inspect_database(path)
    except _LogDoesNotReplay as error:
        _go_on_without_log(path, error)


def _inspect_database(path: Path) -> None:
    with _connect(path, read_only=True) as connection:
        _check_schema(path, connection)


def _go_on_without_log(path: Path, error: StartupError) -> None:
    """Set the log aside if the file alone is a sound ledger; else leave both where they were."""
    size = log_of(path).stat().st_size
    aside = set_aside(path)
    try:
        _inspect_database(path)
    except StartupError:
        aside.rename(log_of(path))
        raise
    aside.chmod(0o600)
    _log.warning(
        "%s; it was set aside as %s, and the ledger is as of its last checkpoint: "
        "what was stored after that (%d bytes) is missing unless its senders send it again",
        *(error, aside.name, size),
    )


def _look_at_log(path: Path) -> None:
    if not reads_to_its_end(path):
        copy = keep_copy(path)
        _log.warning(
            "%s is damaged and only its beginning can be replayed; the whole was copied to %s: "
            "what was stored last is missing unless its senders send it again",
            *(log_of(path), copy.name),
        )


def _check_schema(path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    version = schema_version(connection)
    if version > newest_version():
        raise StartupError(
            f"{path}: written by a newer tokenlake (schema {version}, this one knows {newest_version()}): "
            "upgrade tokenlake, or choose another --db"
        )
    foreign = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'token_usage'")
    if version == 0 and foreign.fetchall() != [(0,)]:
        raise StartupError(f"{path}: has a table token_usage that is not ours: choose another --db")


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=read_only, config=CONFIG)
    except duckdb.Error as error:
        kind = _LogDoesNotReplay if "replaying WAL" in str(error) else StartupError
        raise kind(f"{path}: {_explain(path, str(error))}") from error


def _explain(path: Path, message: str) -> str:
    line = message.splitlines()[0]
    if "Could not set lock" in message or "Conflicting lock" in message:
        return f"in use by another process (a collector?): stop it, or choose another --db ({line})"
    if "replaying WAL" in message:
        return f"its write-ahead log does not replay ({line})"
    if "No space left" in message:
        return f"cannot be written: the disk is full: make room in {path.parent} ({line})"
    if "Cannot open file" in message or "Permission denied" in message:
        return f"cannot be written: check the permissions of {path.parent}, or choose another --db ({line})"
    return (
        f"damaged, and left as it is: put a copy made by `tokenlake backup` in its place, "
        f"or choose another --db ({line})"
    )
