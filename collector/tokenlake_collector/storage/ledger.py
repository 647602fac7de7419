"""The ledger: the DuckDB database that holds token_usage, its one writer, and cursors for readers."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

import duckdb

from tokenlake_collector.errors import CommitFailed, StartupError
from tokenlake_collector.storage.boundary import Boundary
from tokenlake_collector.storage.changes import Changes
from tokenlake_collector.storage.database import Database, Follower, Prepare, Result, Watcher
from tokenlake_collector.storage.failure import explained
from tokenlake_collector.storage.hours.sums import Hours
from tokenlake_collector.storage.opening import open_file, open_memory
from tokenlake_collector.storage.write_ahead_log import damaged_logs
from tokenlake_queries.lake import is_lake

MEMORY = ":memory:"

CHECKPOINT_S = 600
"""Seconds after which a commit also writes a checkpoint, so that a quiet ledger's log does not grow old."""

SETTLED_S = 5
"""Seconds without a failed commit after which one that succeeds means that all is well.

While a disk is full, small ones and those that add nothing still pass between the others.
"""

PROBE_BYTES = 4 * 2**20
"""What a trial commit writes: more than the transactions of one group of requests do."""

_PROBE = (
    f"CREATE OR REPLACE TABLE tokenlake_probe AS SELECT repeat('x', {PROBE_BYTES}) AS x",
    "DROP TABLE tokenlake_probe",
)

Begun = TypeVar("Begun")

_log = logging.getLogger(__name__)


class Ledger:
    """An open ledger. Transactions wait for each other; cursors are for any thread.

    After an error that invalidates the database it is opened again by itself.
    """

    def __init__(self, database: Database, path: Path | None = None) -> None:
        self._database = database
        self._path = path
        self._writing = threading.RLock()
        self._beside = threading.Lock()
        self._hours = Hours.stored(database.connection)
        self._boundary = Boundary.stored(database.connection)
        self._open = True
        self._invalid = False
        self._failure, self._failed_at = "", 0.0
        self._next_checkpoint = time.monotonic() + CHECKPOINT_S
        self.follow(self._keep_up)

    @classmethod
    def open(
        cls,
        db: str | Path,
        memory_mib: int | None = None,
        prepare: Prepare | None = None,
        data_path: str | None = None,
    ) -> Self:
        """Open or create a ledger: a file, `ducklake:postgres:…` with its data in `data_path`, or `:memory:`.

        One in memory is gone when it is closed. DuckDB may use `memory_mib` of memory, without it what it
        thinks fit. `prepare` is called with the connection whenever the database was opened, again after an
        error that invalidated it.

        Raises:
            StartupError: the ledger cannot be used; the message says why and what to do.
        """
        if str(db) == MEMORY:
            return cls(Database(open_memory, prepare))
        if is_lake(str(db)):
            return cls(_lake(str(db), data_path, memory_mib, prepare))
        return cls(Database(partial(open_file, Path(db), memory_mib), prepare), Path(db))

    @property
    def path(self) -> Path | None:
        """The file; None for a ledger in memory."""
        return self._path

    @property
    def folder(self) -> Path | None:
        """Where the file is; None for a ledger in memory."""
        return self._path.parent if self._path else None

    @property
    def hours(self) -> Hours:
        """The sums by hour that transactions keep."""
        return self._hours

    @property
    def boundary(self) -> Boundary:
        """Where this ledger begins."""
        return self._boundary

    @property
    def is_shared(self) -> bool:
        """Whether other collectors may write into it too."""
        return self._database.is_shared

    @property
    def failing(self) -> bool:
        """Whether the last commit failed; asks nobody."""
        return bool(self._failure)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own to the same database, for reading; close it after use."""
        return self._database.cursor()

    def follow(self, follower: Follower) -> None:
        """Call somebody in each transaction before which other collectors wrote, first of all.

        It may be called twice for the same, when the transaction failed.
        """
        self._database.follow(follower)

    def watch_turns(self, watcher: Watcher) -> None:
        """Tell somebody of each turn at writing that this collector had beside others, when it is over."""
        self._database.watch_turns(watcher)

    def leads(self) -> bool:
        """Tell whether this collector, and no other, looks after the ledger: sums, prunes, merges files."""
        return self._database.leads()

    def transaction(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        """Do some work in a transaction; when this returns, it is durable.

        Raises:
            CommitFailed: nothing of the work may be relied on; the same may be tried again.
        """
        return self._committed(work)

    def beside(
        self,
        begin: Callable[[duckdb.DuckDBPyConnection], Begun],
        work: Callable[[duckdb.DuckDBPyConnection, Begun], None],
    ) -> None:
        """Do long work in a transaction that runs beside the others; one at a time.

        In a shared ledger the others wait: two writers at once would be refused there.

        `begin` runs while no other transaction does: its first statement fixes what `work` sees, which gets
        its result.

        Raises:
            CommitFailed: nothing was done; the same may be tried again.
        """
        if self._database.is_shared:
            # On a connection of its own here too, with its own temporary views.
            with self._beside, self._database.cursor() as cursor:
                self._committed(lambda connection: work(connection, begin(connection)), cursor)
            return
        with self._beside, self._database.cursor() as cursor:
            try:
                with self._writing:
                    cursor.execute("BEGIN")
                    begun = begin(cursor)
                work(cursor, begun)
                cursor.execute("COMMIT")
            except duckdb.Error as error:
                if isinstance(error, duckdb.FatalException):
                    with self._writing:
                        self._note(error)
                raise CommitFailed(f"work beside the commits failed: {explained(error)}") from error

    def check(self) -> None:
        """Run a real statement: an invalidated database looks healthy until it is asked something.

        After a failed commit, a trial one is made, which leaves nothing behind: room may be there again, and
        nobody may send anything while this says that it is not.

        Raises:
            CommitFailed: the database does not answer, or the last commit failed and a trial one does too.
        """
        if self._failure:
            with self._writing:
                for statement in _PROBE:
                    self.transaction(partial(_run, statement))
                self._recovered()
        try:
            with self.cursor() as cursor:
                cursor.execute("SELECT 1 FROM token_usage LIMIT 1").fetchall()
        except duckdb.Error as error:
            raise CommitFailed(f"the database does not answer: {explained(error)}") from error

    def notes(self) -> list[str]:
        """Return what a person should know although all works, a sentence each."""
        found = damaged_logs(self._path) if self._path else []
        return [
            f"{path.name} is a write-ahead log that could not be replayed: rows in it may be missing; "
            "move it away when that is settled"
            for path in found
        ] + self._database.notes()

    def close(self) -> None:
        """Write a checkpoint, so that no write-ahead log is left, and close; may be called again."""
        with self._beside, self._writing:
            if self._open:
                self._open = False
                try:
                    self._database.checkpoint()
                except duckdb.Error as error:
                    _log.warning("the next start replays the write-ahead log: %s", explained(error))
                self._database.close()

    def _committed(
        self,
        work: Callable[[duckdb.DuckDBPyConnection], Result],
        connection: duckdb.DuckDBPyConnection | None = None,
    ) -> Result:
        with self._writing:
            try:
                self._heal()
                result = self._database.committed(work, connection)
            except (duckdb.Error, StartupError, CommitFailed) as error:
                self._note(error)
                raise CommitFailed(f"the rows could not be stored: {self._failure}") from error
            if self._failure and time.monotonic() > self._failed_at + SETTLED_S:
                self._recovered()
            self._checkpoint_when_due()
        return result

    def _keep_up(self, connection: duckdb.DuckDBPyConnection, changes: Changes) -> None:
        if changes.touch("usage_hours_until"):
            self._hours.refresh(connection)
        if changes.touch("usage_pruned"):
            self._boundary.refresh(connection)

    def _heal(self) -> None:
        """Open the database again after an error that invalidated it; one in memory would only be lost."""
        if self._invalid and (self._path is not None or self.is_shared):
            self._database.reopen()
            self._invalid = False
            # Once for every commit that is tried while the disk is full: no news for anybody.
            _log.debug("the database was opened again")

    def _note(self, error: Exception) -> None:
        """Keep the reason, log it once, and give readers their database back as soon as possible."""
        if not self._failure:
            _log.error("commits fail from now on, senders are told to retry: %s", explained(error))
        self._failure, self._failed_at = explained(error), time.monotonic()
        if isinstance(error, duckdb.FatalException):
            self._invalid = True
            with contextlib.suppress(duckdb.Error, StartupError):
                self._heal()

    def _recovered(self) -> None:
        self._failure = ""
        _log.warning("commits succeed again")

    def _checkpoint_when_due(self) -> None:
        """Write the log into the file now and then; if that fails, what it holds is safe in it."""
        if time.monotonic() < self._next_checkpoint or not self._beside.acquire(blocking=False):
            return
        self._next_checkpoint = time.monotonic() + CHECKPOINT_S
        try:
            self._database.checkpoint()
        except duckdb.Error as error:
            self._note(error)
        finally:
            self._beside.release()


def _lake(name: str, data_path: str | None, memory_mib: int | None, prepare: Prepare | None) -> Database:
    from tokenlake_collector.storage.lake.database import LakeDatabase  # noqa: PLC0415  # it needs psycopg

    return LakeDatabase(name, data_path, memory_mib, prepare)


def _run(statement: str, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(statement)
