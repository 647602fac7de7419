"""Sum the hours that are over, beside the transactions that write.

A summing transaction sees the rows as they were when it began. From that moment on, writers add what comes
late to the sums themselves (`sums.py`), so every row is summed once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from tokenlake_collector.errors import CommitFailed
from tokenlake_collector.storage.hours.sums import stored_until
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.storage.sql import query, run

LATE = timedelta(minutes=15)
"""How long after an hour it is summed: what comes later costs its transaction about 5 ms."""

STEP_ROWS = 500_000
"""Rows that one transaction sums, at 0.4 µs a row."""

EVERY_S = 60.0

_HOUR = timedelta(hours=1)
_EVER = datetime.fromisoformat("0001-01-01")

_log = logging.getLogger(__name__)


def seal(ledger: Ledger, before: datetime) -> int:
    """Sum all hours that end before a time (naive UTC), and return how many rows these hold.

    Raises:
        CommitFailed: a transaction failed; the hours before it are summed.
    """
    with ledger.cursor() as cursor:
        # Two statements: DuckDB skips row groups by a bound that it is given, not by that of a subquery.
        first = stored_until(cursor) or _EVER
        hours = query(cursor, __package__, "to_sum", {"first": first, "before": _full_hour(before)})
    for until in _steps(hours):
        _Step(ledger, until).run()
    if not hours:
        _Step(ledger, None).run()
    return sum(hour["reports"] for hour in hours)


def forget_sums(connection: duckdb.DuckDBPyConnection) -> None:
    """Forget all sums, within the transaction that changes rows in another way than a pipeline does."""
    run(connection, "forget", {}, __package__)


def check_sums(ledger: Ledger) -> None:
    """Forget the sums where they are not of as many rows as there are.

    Raises:
        CommitFailed: they could not be forgotten.
    """
    with ledger.cursor() as cursor:
        [found] = query(cursor, __package__, "agree", {})
    if not found["agree"]:
        _log.warning("rows were written by SQL: the sums by hour are made again")
        ledger.transaction(forget_sums)


class _Step:
    """One transaction: sum the hours up to `until`; without it, only look again at what was touched."""

    def __init__(self, ledger: Ledger, until: datetime | None) -> None:
        self._ledger = ledger
        self._until = until

    def run(self) -> None:
        self._ledger.beside(self._begin, self._work)

    def _begin(self, connection: duckdb.DuckDBPyConnection) -> datetime | None:
        """Fix what is seen, and have writers keep the sums of these hours from now on."""
        first = stored_until(connection)
        known = self._ledger.hours.until
        if self._until is not None and (known is None or known < self._until):
            self._ledger.hours.until = self._until
        return first

    def _work(self, connection: duckdb.DuckDBPyConnection, first: datetime | None) -> None:
        if self._until is not None:
            # Also what late rows left there before a step that failed.
            connection.execute("DELETE FROM usage_hours WHERE hour >= ?", [first or _EVER]).fetchall()
            _between(connection, first or _EVER, self._until)
            run(connection, "range", {}, __package__)
            run(connection, "add", {"sign": 1}, __package__)
            connection.execute("UPDATE usage_hours_until SET until = ?", [self._until]).fetchall()
        _look_again(connection)


def _look_again(connection: duckdb.DuckDBPyConnection) -> None:
    [(first, last)] = connection.execute("SELECT min(hour), max(hour) FROM usage_hours_touched").fetchall()
    if first is not None:
        _between(connection, first, last + _HOUR)
        run(connection, "again", {}, __package__)
        run(connection, "add", {"sign": 1}, __package__)
        connection.execute("DELETE FROM usage_hours_touched").fetchall()


def _between(connection: duckdb.DuckDBPyConnection, first: datetime, last: datetime) -> None:
    for name, value in (("first", first), ("last", last)):
        connection.execute(f"SET VARIABLE {name} = ?::TIMESTAMP", [value]).fetchall()


def _steps(hours: list[dict[str, Any]]) -> Iterator[datetime]:
    """Yield where each transaction ends: after hours that hold enough rows together, or after the last."""
    rows = 0
    for hour in hours:
        rows += hour["reports"]
        if rows >= STEP_ROWS or hour is hours[-1]:
            yield hour["hour"] + _HOUR
            rows = 0


def _full_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


class Sealer:
    """Sums hours on a thread of its own while a ledger is open."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tokenlake-sums", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Return when the step that runs, if any, is over."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        checked = False
        while not self._stopping.wait(EVERY_S):
            if not self._ledger.leads():
                continue
            try:
                if not checked:
                    check_sums(self._ledger)
                    checked = True
                seal(self._ledger, datetime.now(UTC).replace(tzinfo=None) - LATE)
            except (CommitFailed, duckdb.Error) as error:
                _log.warning("hours could not be summed, which makes questions slow: %s", error)
