"""DuckDB on DuckLake: transactions take turns with those of other collectors."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

import duckdb

from tokenlake_collector.errors import CommitFailed
from tokenlake_collector.storage.database import Database, Follower, Prepare, Result, Watcher
from tokenlake_collector.storage.lake.catalogue import LEADING, WRITING, Catalogue
from tokenlake_collector.storage.lake.opening import open_lake
from tokenlake_queries.lake import LAKE

_SNAPSHOTS = (
    f"SELECT seen.id, own.id FROM ducklake_current_snapshot('{LAKE}') seen, "
    f"ducklake_last_committed_snapshot('{LAKE}') own"
)
"""What a transaction sees, and what this process committed last."""


class LakeDatabase(Database):
    """One connection for the writer, and cursors for readers, to a ledger that others write too."""

    is_shared = True

    def __init__(
        self, name: str, data_path: str | None, memory_mib: int | None, prepare: Prepare | None
    ) -> None:
        self._catalogue = Catalogue(name)
        self._leadership = Catalogue(name)
        self._asking = threading.Lock()
        self._followers: list[Follower] = []
        self._watchers: list[Watcher] = []
        opening = partial(open_lake, name, self._catalogue, data_path, memory_mib)
        try:
            super().__init__(opening, prepare)
            self._seen = self._catalogue.newest()
        except BaseException:
            self._catalogue.close()
            raise

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own to the same ledger."""
        cursor = super().cursor()
        cursor.execute(f"USE {LAKE}")
        return cursor

    def follow(self, follower: Follower) -> None:
        """Call somebody at the beginning of each transaction before which others wrote."""
        self._followers.append(follower)

    def watch_turns(self, watcher: Watcher) -> None:
        """Tell somebody of each turn, how long it was waited for and how long it took, when it is over."""
        self._watchers.append(watcher)

    def committed(
        self,
        work: Callable[[duckdb.DuckDBPyConnection], Result],
        connection: duckdb.DuckDBPyConnection | None = None,
    ) -> Result:
        """Do some work in a transaction that begins when that of the writer before has ended."""
        asked = time.monotonic()
        with self._catalogue.held(WRITING), self._watched(asked):
            result, self._seen = super().committed(partial(self._caught_up, work=work), connection)
        return result

    def reopen(self) -> None:
        """Open the ledger again, beside what is left of the database before.

        That is kept for ever: DuckDB 1.5.5 ends the process when a connection is closed whose transaction was
        on its way as PostgreSQL was lost.
        """
        with self._changing:
            for connection in (*self._cursors, self._connection):
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
            self._connection = self._opened()

    def leads(self) -> bool:
        """Tell whether this is the one collector that looks after the ledger."""
        with self._asking:
            return self._leadership.try_to_hold(LEADING)

    def notes(self) -> list[str]:
        """Return what makes an acknowledged commit less than durable, a sentence each."""
        with self._asking, suppress(CommitFailed):
            return self._leadership.notes()
        return []

    def checkpoint(self) -> None:
        """Nothing: what is committed is in files, or in PostgreSQL."""

    def close(self) -> None:
        """Give up locks, interrupt whoever still reads, and close."""
        with self._asking:
            self._leadership.close()
        super().close()
        self._catalogue.close()

    @contextmanager
    def _watched(self, asked: float) -> Iterator[None]:
        begun = time.monotonic()
        try:
            yield
        finally:
            for watcher in self._watchers:
                watcher(begun - asked, time.monotonic() - begun)

    def _caught_up(
        self, connection: duckdb.DuckDBPyConnection, work: Callable[[duckdb.DuckDBPyConnection], Result]
    ) -> tuple[Result, int]:
        """Do some work after followers know all that it sees, and return what that is beside the result.

        What others wrote is asked for when the transaction has its snapshot, and up to this one: a writer
        whose lock was lost may commit until then.
        """
        [(snapshot, own)] = connection.execute(_SNAPSHOTS).fetchall()
        if own == self._seen + 1:
            self._seen = own
        changes = self._catalogue.changes(self._seen, snapshot)
        if changes is not None:
            for follower in self._followers:
                follower(connection, changes)
        return work(connection), snapshot
