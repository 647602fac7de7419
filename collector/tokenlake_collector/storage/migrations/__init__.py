"""Numbered schema changes, each a `.sql` file that runs once, in order, in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

import duckdb

_RECORD = """
CREATE TABLE IF NOT EXISTS tokenlake_migrations (
    version INTEGER PRIMARY KEY,
    name VARCHAR NOT NULL,
    applied_at TIMESTAMP NOT NULL DEFAULT make_timestamp(epoch_us(now()))
)
"""


def migrations() -> list[tuple[int, str, str]]:
    """Return version, name and SQL text of every migration, oldest first."""
    found = sorted(entry.name for entry in files(__package__).iterdir() if entry.name.endswith(".sql"))
    return [
        (int(name.split("_")[0]), name, files(__package__).joinpath(name).read_text(encoding="utf-8"))
        for name in found
    ]


def newest_version() -> int:
    """Return the schema version that this program writes."""
    return migrations()[-1][0]


def schema_version(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the schema version of a database, 0 for one that holds nothing of ours."""
    known = connection.execute(
        "SELECT count(*) FROM duckdb_tables() "
        "WHERE table_name = 'tokenlake_migrations' AND database_name = current_database()"
    ).fetchall()
    if known == [(0,)]:
        return 0
    [(version,)] = connection.execute("SELECT coalesce(max(version), 0) FROM tokenlake_migrations").fetchall()
    return int(version)


def migrate(connection: duckdb.DuckDBPyConnection, adapted: Callable[[str], str] = str) -> None:
    """Bring a database to the newest schema; a database that is there already is left untouched.

    `adapted` says a migration's SQL as another engine takes it.
    """
    version = schema_version(connection)
    for number, name, text in migrations():
        if number > version:
            connection.execute("BEGIN")
            connection.execute(adapted(_RECORD))
            connection.execute(adapted(text))
            connection.execute(
                "INSERT INTO tokenlake_migrations (version, name) VALUES (?, ?)", [number, name]
            )
            connection.execute("COMMIT")
