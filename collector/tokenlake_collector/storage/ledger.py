"""The ledger: the DuckDB database that holds token_usage, its one writer, and cursors for readers."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.errors import CommitFailed
from tokenlake_collector.storage.opening import open_file, open_memory
from tokenlake_collector.storage.sql import run

MEMORY = ":memory:"


@dataclass(frozen=True, slots=True)
class Committed:
    """What one transaction did, in rows: new counted, new uncounted, and reports that were known already."""

    counted: int = 0
    uncounted: int = 0
    duplicates: int = 0


class Ledger:
    """An open ledger. `commit` is called from one thread at a time; `cursor` from any."""

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

    def commit(self, rows: pa.Table) -> Committed:
        """Store rows durably, each report once; when this returns, they are on disk.

        Raises:
            CommitFailed: nothing of this batch is stored; the same rows may be committed again.
        """
        if rows.num_rows == 0:
            return Committed()
        try:
            return self._transaction(rows)
        except duckdb.Error as error:
            raise CommitFailed(f"the rows could not be stored: {str(error).splitlines()[0]}") from error

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

    def _transaction(self, rows: pa.Table) -> Committed:
        connection = self._connection
        connection.register("batch", rows)
        connection.execute("BEGIN")
        try:
            committed = _store(connection, rows)
            connection.execute("COMMIT")
        except BaseException:
            _rollback(connection)
            raise
        finally:
            connection.unregister("batch")
        return committed


def _store(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> Committed:
    extremes = pc.min_max(rows["timestamp"]).as_py()
    bounds = {"first": extremes["min"], "last": extremes["max"]}
    committed = Committed()
    if pc.count_distinct(rows["id"].combine_chunks().storage).as_py() == rows.num_rows:
        committed = _insert(connection, rows, bounds)
    if committed.counted + committed.uncounted == rows.num_rows:
        return committed
    run(connection, "choose_winners", bounds)
    new = connection.execute("SELECT count(*), count(reason) FROM winners WHERE NOT known").fetchall()[0]
    run(connection, "replace", bounds)
    counted, uncounted = committed.counted + new[0] - new[1], committed.uncounted + new[1]
    return Committed(counted, uncounted, rows.num_rows - counted - uncounted)


def _insert(connection: duckdb.DuckDBPyConnection, rows: pa.Table, bounds: dict[str, Any]) -> Committed:
    """Insert what is new; usually that is the whole batch, and then nothing else is to be done."""
    counted = run(connection, "insert_counted", bounds)
    if rows["reason"].null_count == rows.num_rows:
        return Committed(counted)
    return Committed(counted, run(connection, "insert_uncounted", bounds))


def _rollback(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.execute("ROLLBACK")
    except duckdb.Error:
        # A failed COMMIT has already ended the transaction; there is nothing left to roll back.
        return
