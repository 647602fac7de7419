"""A token_usage table as the collector creates it, and rows put into it by hand."""

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

_MIGRATIONS = Path(__file__).parents[2] / "collector/tokenlake_collector/storage/migrations"


def new_ledger(path: str | Path = ":memory:") -> duckdb.DuckDBPyConnection:
    """Return a connection, open for writing, to a database with an empty token_usage."""
    connection = duckdb.connect(path)
    for name in ("001_token_usage.sql", "004_hours.sql", "006_session_hash.sql"):
        connection.execute((_MIGRATIONS / name).read_text(encoding="utf-8"))
    return connection


def insert_row(connection: duckdb.DuckDBPyConnection, timestamp: str | datetime, **columns: Any) -> None:
    """Insert one row at ``timestamp`` (naive UTC); every column that is not named keeps its default."""
    insert_rows(connection, [{"timestamp": timestamp, **columns}])


def insert_rows(connection: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]]) -> None:
    """Insert rows, each a mapping of column to value."""
    for row in rows:
        marks = ", ".join("?" for _ in row)
        connection.execute(f"INSERT INTO token_usage ({', '.join(row)}) VALUES ({marks})", list(row.values()))


def pick(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    """Return what a test looks at: the named columns of every row."""
    return [tuple(row[name] for name in names) for row in rows]
