"""The ledger that rows are put into, with the source attached beside it: rows never pass through Python."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb

from tokenlake_collector.migrate.errors import MigrationError
from tokenlake_collector.migrate.fingerprint import Fingerprint, Hours, hours_of, sum_of
from tokenlake_collector.migrate.receipt import Receipt
from tokenlake_collector.migrate.source import ALIAS, Source
from tokenlake_collector.migrate.step import Step
from tokenlake_collector.storage.changes import Changes
from tokenlake_collector.storage.hours.sealing import LATE, forget_sums, seal
from tokenlake_collector.storage.hours.sums import stored_until
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.storage.sql import run
from tokenlake_queries.lake import shown

MEMORY_MIB = 1024
"""What DuckDB may use, whatever the size of the ledgers."""

_TABLES = ("token_usage", "token_usage_uncounted", "trace_spans")


class Target:
    """An open ledger that holds nothing, or nothing but what came from the source before."""

    def __init__(self, name: str, data_path: str | None, source: Source) -> None:
        if Path(name).exists() and Path(source.name).exists() and Path(name).samefile(source.name):
            raise MigrationError(f"{name}: --from and --to are the same file: name a new one in --to")
        self._shown = shown(name)
        self._source = source
        self._ledger = Ledger.open(name, MEMORY_MIB, self._prepare, data_path)
        self._ledger.follow(self._refuse_others)

    def wanted(self) -> Hours:
        """Return the fingerprints of the source."""
        with self._ledger.cursor() as cursor:
            cursor.execute(f"USE {ALIAS}")
            return hours_of(cursor)

    def present(self) -> Hours:
        """Return the fingerprints of the target.

        Raises:
            MigrationError: it holds rows that did not come from the source, or were changed since.
        """
        with self._ledger.cursor() as cursor:
            hours, receipt = hours_of(cursor), Receipt.stored(cursor)
        if hours and receipt is None:
            raise MigrationError(f"{self._shown}: holds rows already: name a new ledger in --to")
        if hours and receipt != self._receipt(sum_of(hours)):
            raise MigrationError(
                f"{self._shown}: holds rows that did not come from {shown(self._source.name)}, or that were "
                "changed since (by a collector; or DuckDB was upgraded in between): name a new ledger in --to"
            )
        return hours

    def begin(self, content: Fingerprint, *, changing: bool) -> None:
        """Keep out what the source has pruned; forget the sums by hour if rows will change.

        Raises:
            CommitFailed: nothing was done.
        """
        self._ledger.transaction(partial(self._begun, content, changing))

    def take(self, step: Step, content: Fingerprint) -> None:
        """Make some hours those of the source; `content` is what all hours hold together then.

        Raises:
            MigrationError: another collector wrote meanwhile.
            CommitFailed: nothing was done.
        """
        self._ledger.transaction(partial(self._taken, step, content))

    def sum_hours(self) -> None:
        """Sum the hours that are not summed, as a collector does.

        Raises:
            CommitFailed: some are not.
        """
        seal(self._ledger, datetime.now(UTC).replace(tzinfo=None) - LATE)

    def close(self) -> None:
        """Close it; what was taken stays."""
        self._ledger.close()

    def _prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        # Nothing else runs in this process: no core is left to the interpreter.
        connection.execute(f"SET threads = {os.cpu_count() or 1}")
        self._source.attach(connection)

    def _begun(self, content: Fingerprint, changing: bool, connection: duckdb.DuckDBPyConnection) -> None:
        self._receipt(content).write(connection)
        if self._source.pruned_before is not None:
            self._ledger.boundary.advance(connection, self._source.pruned_before)
        if changing and stored_until(connection) is not None:
            forget_sums(connection)

    def _taken(self, step: Step, content: Fingerprint, connection: duckdb.DuckDBPyConnection) -> None:
        bounds = {"first": step.first, "last": step.last}
        if step.old.rows:
            run(connection, "delete_hours", bounds, __package__)
        if step.new.rows:
            run(connection, "insert_hours", bounds, __package__)
        self._receipt(content).write(connection)

    def _receipt(self, content: Fingerprint) -> Receipt:
        return Receipt(self._source.made_at, content)

    def _refuse_others(self, _connection: duckdb.DuckDBPyConnection, changes: Changes) -> None:
        """Stop before rows that a collector wrote meanwhile could be replaced."""
        if changes.touch(*_TABLES):
            raise MigrationError(
                f"{self._shown}: a collector writes into it: start one only when all is moved; "
                "name a new ledger in --to"
            )
