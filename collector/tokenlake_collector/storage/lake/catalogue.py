"""The catalogue in PostgreSQL: whose turn it is to write, and what others wrote since.

DuckLake itself lets two writers insert the same report twice and tells neither. So writers take turns, by an
advisory lock on a connection of its own. Should that connection be lost in the middle of a turn, another may
begin its own: then the later commit fails, because DuckLake numbers its snapshots under a primary key and is
told not to try again (`opening.py`). That fence costs nothing; a row that each writer updates cost 12 ms.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from tokenlake_collector.errors import CommitFailed, StartupError
from tokenlake_collector.storage.changes import Changes
from tokenlake_queries.lake import SCHEMA, SCHEME, shown

try:
    import psycopg
except ImportError as error:
    raise StartupError("a ledger on DuckLake needs psycopg: pip install 'tokenlake[scale]'") from error

WRITING = 0x746F6B656E
LEADING = WRITING + 1
"""Keys of the advisory locks, in the catalogue's database: one holder each."""

PATIENCE_S = 60
"""A holder that keeps others waiting for longer hangs: it loses its connection, and its commit will fail."""

# A holder whose machine is gone has its lock for as long as PostgreSQL believes in its connection.
_SESSION = (
    "SET tcp_keepalives_idle = 10",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
    "SET idle_session_timeout = 0",
    f"SET lock_timeout = '{PATIENCE_S}s'",
)
_CHANGE = re.compile(r"(\w+):(\d+)")

_log = logging.getLogger(__name__)


class Catalogue:
    """One connection to PostgreSQL beside DuckDB's own ones; for one thread at a time."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._connection: psycopg.Connection[Any] | None = None
        self._tables: dict[int, str] = {}

    @contextmanager
    def held(self, key: int) -> Iterator[None]:
        """Hold a lock while the block runs.

        Raises:
            CommitFailed: PostgreSQL is not there, or the holder before does not end.
        """
        self._lock(key)
        try:
            yield
        finally:
            self._unlock(key)

    def try_to_hold(self, key: int) -> bool:
        """Take a lock that nobody else has, for as long as the connection lasts; tell whether it is held."""
        with suppress(CommitFailed):
            return bool(self._rows("SELECT pg_try_advisory_lock(%s)", [key])[0][0])
        return False

    def notes(self) -> list[str]:
        """Return what makes an acknowledged commit less than durable, a sentence each."""
        rows = self._rows(
            "SELECT name FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit') AND setting = 'off'"
        )
        return [
            f"PostgreSQL's {name} is off: what was acknowledged may be lost when it crashes"
            for (name,) in rows
        ]

    def index_statistics(self) -> None:
        """Let DuckLake find a table's statistics without reading those of all files.

        A commit took PostgreSQL 195 ms of CPU beside 20,000 files, and 18 with this index.
        """
        self._run(
            "CREATE INDEX IF NOT EXISTS tokenlake_file_statistics "
            f"ON {SCHEMA}.ducklake_file_column_stats (table_id, column_id)"
        )

    def newest(self) -> int:
        """Return the number of the newest snapshot."""
        [(number,)] = self._rows(f"SELECT max(snapshot_id) FROM {SCHEMA}.ducklake_snapshot")
        return int(number)

    def changes(self, since: int, until: int) -> Changes | None:
        """Return what was written after a snapshot and until another, this included; None if nothing was."""
        if since == until:
            return None
        rows = self._rows(
            f"SELECT changes_made FROM {SCHEMA}.ducklake_snapshot_changes "
            "WHERE snapshot_id BETWEEN %s AND %s",
            [since + 1, until],
        )
        if len(rows) < until - since:
            # Expired: how the tables changed between is not to be had any more.
            return Changes(since + 1, until, None)
        ids = {int(number) for (text,) in rows for _, number in _CHANGE.findall(text)}
        return Changes(since + 1, until, self._named(ids))

    def close(self) -> None:
        """Give up all locks."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _named(self, ids: set[int]) -> frozenset[str]:
        if not ids <= self._tables.keys():
            self._tables = dict(self._rows(f"SELECT table_id, table_name FROM {SCHEMA}.ducklake_table"))
        return frozenset(self._tables.get(number, "") for number in ids)

    def _lock(self, key: int) -> None:
        try:
            self._connected().execute("SELECT pg_advisory_lock(%s)", [key])
        except psycopg.errors.LockNotAvailable as error:
            self._end_holder(key)
            raise CommitFailed(f"another collector did not end its commit within {PATIENCE_S} s") from error
        except psycopg.Error as error:
            raise self._lost(error) from error

    def _unlock(self, key: int) -> None:
        if self._connection is None:
            return
        try:
            self._connection.execute("SELECT pg_advisory_unlock(%s)", [key])
        except psycopg.Error as error:
            # The lock went with its connection.
            self._lost(error)

    def _end_holder(self, key: int) -> None:
        _log.warning("another collector held the catalogue for more than %d s: it is put out", PATIENCE_S)
        self._rows(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND (classid::bigint << 32 | objid::bigint) = %s",
            [key],
        )

    def _rows(self, statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        return self._run(statement, values).fetchall()

    def _run(self, statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> psycopg.Cursor[Any]:
        try:
            return self._connected().execute(statement, values)
        except psycopg.Error as error:
            raise self._lost(error) from error

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            connection = psycopg.connect(
                self._name.removeprefix(SCHEME),
                autocommit=True,
                connect_timeout=5,
                application_name="tokenlake",
                keepalives_idle=10,
                keepalives_interval=5,
                keepalives_count=3,
            )
            for setting in _SESSION:
                connection.execute(setting)
            self._connection = connection
        return self._connection

    def _lost(self, error: psycopg.Error) -> CommitFailed:
        self.close()
        line = str(error).strip().partition("\n")[0]
        return CommitFailed(f"PostgreSQL does not answer for {shown(self._name)}: {shown(line)}")
