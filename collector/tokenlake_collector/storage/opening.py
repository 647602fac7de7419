"""Open the ledger file, or say in one line why it cannot be opened and what to do; touch nothing then."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tokenlake_collector.errors import StartupError
from tokenlake_collector.storage.migrations import migrate, newest_version, schema_version

_MAGIC = slice(8, 12), b"DUCK"

# DuckDB 2.0 would otherwise write files that 1.5 cannot read; the older version costs nothing measurable.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "storage_compatibility_version": "v1.5.0",
    "python_enable_replacements": False,
}


def open_file(path: Path) -> duckdb.DuckDBPyConnection:
    """Open or create the DuckDB file at `path` and bring its schema up to date.

    Raises:
        StartupError: not a DuckDB database, not ours, locked, written by a newer version, or unwritable.
    """
    if path.exists():
        _inspect(path)
    elif not path.parent.is_dir():
        raise StartupError(
            f"{path}: the folder {path.parent} does not exist: make it, or choose another --db"
        )
    connection = _connect(path, read_only=False)
    migrate(connection)
    return connection


def open_memory() -> duckdb.DuckDBPyConnection:
    """Return a new ledger in memory, for tests and trials."""
    connection = duckdb.connect(":memory:", config=_CONFIG)
    migrate(connection)
    return connection


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
    with _connect(path, read_only=True) as connection:
        _check_schema(path, connection)


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
        return duckdb.connect(str(path), read_only=read_only, config=_CONFIG)
    except duckdb.Error as error:
        raise StartupError(f"{path}: {_explain(path, str(error))}") from error


def _explain(path: Path, message: str) -> str:
    line = message.splitlines()[0]
    if "Could not set lock" in message or "Conflicting lock" in message:
        return f"in use by another process (a collector?): stop it, or choose another --db ({line})"
    if "Cannot open file" in message or "Permission denied" in message:
        return f"cannot be written: check the permissions of {path.parent}, or choose another --db ({line})"
    return f"cannot be opened as it is; restore a backup or choose another --db ({line})"
