"""A SQLite `token_usage` as a tracker inside an application keeps it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

_TABLE = """
CREATE TABLE token_usage (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp DATETIME DEFAULT CURRENT_TIMESTAMP,
    session_id TEXT,
    endpoint_name TEXT,
    model TEXT,
    operation_type TEXT,
    operation_detail TEXT,
    input_tokens INTEGER DEFAULT 0,
    output_tokens INTEGER DEFAULT 0,
    cache_creation_tokens INTEGER DEFAULT 0,
    cache_read_tokens INTEGER DEFAULT 0,
    context_tokens INTEGER DEFAULT 0,
    iteration INTEGER DEFAULT 0,
    channel TEXT,
    user_id TEXT,
    estimated_cost REAL DEFAULT 0
)
"""


def tracker_file(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write a table with some rows; a column that a row does not name has its default there."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(_TABLE)
        for row in rows:
            marks = ", ".join("?" for _ in row)
            connection.execute(
                f"INSERT INTO token_usage ({', '.join(row)}) VALUES ({marks})", list(row.values())
            )
    return path
