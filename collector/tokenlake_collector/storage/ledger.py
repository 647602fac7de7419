"""The ledger: the DuckDB database that holds token_usage, its one writer, and cursors for readers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar

import duckdb

from tokenlake_collector.errors import CommitFailed
from tokenlake_collector.storage.opening import open_file, open_memory

MEMORY = ":memory:"

Result = TypeVar("Result")


class Ledger:
    """An open ledger. `transaction` is called from one thread at a time; `cursor` from any."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._closing = threading.Lock()
        self._open = True

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open or create a ledger file; `:memory:` is a new one that is gone when it is closed.

        Raises:
            StartupError: the file cannot be used; the message says why and what to do.
        """
        return cls(open_memory() if str(path) == MEMORY else open_file(Path(path)))

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own to the same database, for reading; close it after use."""
        return self._connection.cursor()

    def transaction(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        """Do some work in a transaction; when this returns, it is durable.

        Raises:
            CommitFailed: nothing of the work is stored; the same may be tried again.
        """
        connection = self._connection
        try:
            connection.execute("BEGIN")
            try:
                result = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                _rollback(connection)
                raise
        except duckdb.Error as error:
            raise CommitFailed(f"the rows could not be stored: {str(error).splitlines()[0]}") from error
        return result

    def check(self) -> None:
        """Run a real statement: an invalidated database looks healthy until it is asked something.

        Raises:
            CommitFailed: the database does not answer.
        """
        try:
            with self.cursor() as cursor:
                cursor.execute("SELECT 1 FROM token_usage LIMIT 1").fetchall()
        except duckdb.Error as error:
            raise CommitFailed(f"the database does not answer: {str(error).splitlines()[0]}") from error

    def close(self) -> None:
        """Write a checkpoint, so that no write-ahead log is left, and close; may be called again."""
        with self._closing:
            if self._open:
                self._open = False
                self._connection.execute("CHECKPOINT")
                self._connection.close()


def _rollback(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.execute("ROLLBACK")
    except duckdb.Error:
        # A failed COMMIT has already ended the transaction; there is nothing left to roll back.
        return
