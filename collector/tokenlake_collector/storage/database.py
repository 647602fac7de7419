"""The DuckDB database behind a ledger, which can be opened again in the same process after a fatal error."""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from collections.abc import Callable

import duckdb

_PATIENCE_S = 5.0

Opening = Callable[[], duckdb.DuckDBPyConnection]


class Database:
    """One connection for the writer, and cursors for readers.

    A checkpoint that fails (disk full) invalidates the whole database: every statement fails until it is
    opened again, and it cannot be while any connection to it is open. Hence the list of cursors given out.
    """

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._changing = threading.Lock()
        self._cursors: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()
        self._connection = opening()

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
            self._connection = self._opening()
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


def _is_closed(connection: duckdb.DuckDBPyConnection, *, last_try: bool) -> bool:
    """Close a connection, unless a reader is still on its way out."""
    try:
        connection.close()
    except duckdb.Error:
        if last_try:
            raise
        return False
    return True
