"""A ledger's first sixteen columns in SQLite, with an index on each of the seven that are filtered most."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

DAY = "date(timestamp)"
INDEXED = ("timestamp", "session_id", "endpoint_name", "model", "operation_type", "user_id", "channel")

_COLUMNS = (
    "id::VARCHAR AS id, timestamp::VARCHAR AS timestamp, session_id, endpoint_name, model, operation_type, "
    "operation_detail, input_tokens, output_tokens, cache_creation_tokens, cache_read_tokens, "
    "context_tokens, iteration, channel, user_id, estimated_cost"
)


@contextmanager
def in_sqlite(db: Path, folder: Path) -> Iterator[Callable[[str], object]]:
    """Copy a ledger into a file in a folder, and yield what asks the copy."""
    with closing(sqlite3.connect(folder / "usage.db")) as lite:
        _copy(db, lite)
        yield lambda text: lite.execute(text).fetchall()


def _copy(db: Path, lite: sqlite3.Connection) -> None:
    with duckdb.connect(db, read_only=True) as connection:
        rows = connection.execute(f"SELECT {_COLUMNS} FROM token_usage")
        names = [column[0] for column in rows.description]
        lite.execute(f"CREATE TABLE token_usage ({', '.join(names)})")
        marks = ", ".join("?" for _ in names)
        while part := rows.fetchmany(100_000):
            lite.executemany(f"INSERT INTO token_usage VALUES ({marks})", part)
    for column in INDEXED:
        lite.execute(f"CREATE INDEX by_{column} ON token_usage ({column})")
    lite.commit()
