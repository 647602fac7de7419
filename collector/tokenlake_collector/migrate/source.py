"""The ledger that rows are taken from: a file that nobody writes, or a lake as of one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from tokenlake_collector.migrate.errors import MigrationError
from tokenlake_collector.migrate.statistics import Statistics
from tokenlake_collector.storage.migrations import newest_version
from tokenlake_collector.storage.sql import query
from tokenlake_queries.lake import LAKE, SCHEMA, connect_lake, is_lake, prepare, shown
from tokenlake_queries.ledger import Place, open_ledger

ALIAS = "tokenlake_source"
"""The name under which it is attached beside the target; `insert_hours.sql` has it too."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is read of it once; `made_at` and `pruned_before` are naive UTC."""

    name: str
    options: str
    made_at: datetime
    pruned_before: datetime | None
    statistics: Statistics

    @classmethod
    def read(cls, name: str) -> Source:
        """Look at a ledger, a file or `ducklake:postgres:…`; of a lake, what is written later is not seen.

        Raises:
            LedgerLocked: a collector holds the file.
            LedgerError: it cannot be read.
            MigrationError: it is of another version.
        """
        options = _snapshot(name) if is_lake(name) else "READ_ONLY"
        with _place(name, options) as place:
            with open_ledger(place) as ledger:
                [found] = query(ledger.cursor, __package__, "source", {})
            if found["version"] != newest_version():
                raise MigrationError(
                    f"{shown(name)}: has schema {found['version']}, this tokenlake {newest_version()}: "
                    "open it once with this tokenlake (tokenlake rebuild --db …), or take a newer one"
                )
            return cls(name, options, found["made_at"], found["pruned_before"], Statistics.of(place))

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Attach it to a database, for reading."""
        _attach(connection, self.name, self.options, ALIAS)


def _snapshot(name: str) -> str:
    with connect_lake(name, read_only=True) as connection:
        [(newest,)] = connection.execute(
            "SELECT max(snapshot_id) FROM ducklake_snapshots(?)", [LAKE]
        ).fetchall()
    return f"READ_ONLY, METADATA_SCHEMA '{SCHEMA}', SNAPSHOT_VERSION {newest}"


@contextmanager
def _place(name: str, options: str) -> Iterator[Place]:
    """Give what the statistics are asked of, by itself: a file may be open only once in a process."""
    if not is_lake(name):
        yield Path(name)
        return
    with duckdb.connect() as connection:
        _attach(connection, name, options, LAKE)
        yield connection


def _attach(connection: duckdb.DuckDBPyConnection, name: str, options: str, alias: str) -> None:
    if is_lake(name):
        prepare(connection)
    text = name.replace("'", "''")
    connection.execute(f"ATTACH '{text}' AS {alias} ({options})")
