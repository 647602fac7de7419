"""The DuckDB database behind a ledger, which can be opened again in the same process after a fatal error."""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from collections.abc import Callable
from typing import TypeAlias, TypeVar

import duckdb

from tokenlake_collector.storage.changes import Changes
from tokenlake_collector.storage.sql import forget_visible

_PATIENCE_S = 5.0

Result = TypeVar("Result")

Opening: TypeAlias = Callable[[], duckdb.DuckDBPyConnection]
Prepare: TypeAlias = Callable[[duckdb.DuckDBPyConnection], None]
Follower: TypeAlias = Callable[[duckdb.DuckDBPyConnection, Changes], None]
Watcher: TypeAlias = Callable[[float, float], None]
"""Told of each turn at writing: the seconds that it was waited for, and those that it took."""


class Database:
    """One connection for the writer, and cursors for readers.

    A checkpoint that fails (disk full) invalidates the whole database: every statement fails until it is
    opened again, and it cannot be while any connection to it is open. Hence the list of cursors given out.
    """

    is_shared = False
    """Whether other collectors write too."""

    def __init__(self, opening: Opening, prepare: Prepare | None = None) -> None:
        self._opening = opening
        self._prepare = prepare
        self._changing = threading.Lock()
        self._cursors: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()
        self._connection = self._opened()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The writer's connection; another one after `reopen`."""
        return self._connection

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own to the same database; close it after use."""
        with self._changing:
            cursor = self._connection.cursor()
            self._cursors.add(cursor)
            return cursor

    def follow(self, follower: Follower) -> None:
        """Nothing: only this process writes."""

    def watch_turns(self, watcher: Watcher) -> None:
        """Nothing: nobody else's turn has to be waited for."""

    def notes(self) -> list[str]:
        """Return what a person should know although all works, a sentence each."""
        return []

    def leads(self) -> bool:
        """Tell whether this process looks after the ledger; only one at a time does."""
        return True

    def committed(
        self,
        work: Callable[[duckdb.DuckDBPyConnection], Result],
        connection: duckdb.DuckDBPyConnection | None = None,
    ) -> Result:
        """Do some work in a transaction, the writer's without a connection; when this returns, it is durable.

        Raises:
            duckdb.Error: nothing of it may be relied on.
            CommitFailed: as above, where a ledger is shared.
        """
        connection = connection or self._connection
        connection.execute("BEGIN")
        try:
            result = work(connection)
            connection.execute("COMMIT")
        except duckdb.FatalException:
            # The database is gone until it is opened again; nothing can be rolled back.
            raise
        except BaseException:
            _rollback(connection)
            raise
        return result

    def checkpoint(self) -> None:
        """Write the log into the file.

        Raises:
            duckdb.Error: it cannot be written; what it holds is safe in the log.
        """
        self._connection.execute("CHECKPOINT")

    def reopen(self) -> None:
        """Close all connections, interrupting what runs on them, and open the database again.

        One that is busy may refuse to be closed: then this fails, and a later attempt will find it idle.

        Raises:
            duckdb.Error: it is still invalid.
            StartupError: the file cannot be opened now; there is no connection then.
        """
        with self._changing:
            for connection in (*self._cursors, self._connection):
                with contextlib.suppress(duckdb.Error):
                    connection.interrupt()
                with contextlib.suppress(duckdb.Error):
                    connection.close()
            self._connection = self._opened()
            self._connection.execute("SELECT 1").fetchall()

    def close(self) -> None:
        """Interrupt whoever still reads, and close the writer's connection; the last one closes the database.

        Raises:
            duckdb.Error: a reader did not end within some seconds.
        """
        with self._changing:
            for cursor in self._cursors:
                with contextlib.suppress(duckdb.Error):
                    cursor.interrupt()
            deadline = time.monotonic() + _PATIENCE_S
            while not _is_closed(self._connection, last_try=time.monotonic() > deadline):
                time.sleep(0.01)

    def _opened(self) -> duckdb.DuckDBPyConnection:
        connection = self._opening()
        if self._prepare is not None:
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
        return connection


def _rollback(connection: duckdb.DuckDBPyConnection) -> None:
    forget_visible(connection)
    try:
        connection.execute("ROLLBACK")
    except duckdb.Error:
        # A failed COMMIT has already ended the transaction; there is nothing left to roll back.
        return


def _is_closed(connection: duckdb.DuckDBPyConnection, *, last_try: bool) -> bool:
    """Close a connection, unless a reader is still on its way out."""
    try:
        connection.close()
    except duckdb.Error:
        if last_try:
            raise
        return False
    return True
