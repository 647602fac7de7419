"""Store a batch under the counting rules: lone reports as they are, the others with all their relatives.

Most reports have no relative that could change their verdict. For the others the stored ones of their traces
and provider ids are read, the family is decided again, and the rows that change are written or moved between
the two tables, all in the transaction of the batch that caused it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.account.changes_table import changes_table
from tokenlake_collector.account.families import Change, changes
from tokenlake_collector.account.lower_signals import LEVELS, suppressed
from tokenlake_collector.account.planning import Plan, Planner, longest_of
from tokenlake_collector.account.points import point_changes
from tokenlake_collector.account.pricing import Prices, priced
from tokenlake_collector.account.reports import Row
from tokenlake_collector.account.stored import HORIZON, Wanted, bounded, stored_kin, stored_rows
from tokenlake_collector.account.stored_doubles import StoredDoubles
from tokenlake_collector.account.tally import Tally, tally
from tokenlake_collector.storage.changes import Changes
from tokenlake_collector.storage.hours.sums import Hours
from tokenlake_collector.storage.insert import Committed, insert_kin, insert_lone, write_changes
from tokenlake_collector.storage.sql import run

_PRUNE_EVERY_S = 600

_KEPT_KIN = 20_000_000
"""Spans without usage that are kept at most, about 1 GB on disk: a day of them at 230 a second."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a transaction stored."""

    committed: Committed
    tally: Tally


class Accounting:
    """The rules for one ledger: `plan` a batch, then `store` the plans in the same order.

    The two may run at the same time, in a thread each. In a ledger that others write too, one that `leads`
    forgets for all.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        prices: Prices,
        hours: Hours,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        self._planner = Planner(connection, prices)
        self._prices = prices
        self._hours = hours
        self._leads = leads
        self._next_prune = time.monotonic() + _PRUNE_EVERY_S

    def plan(self, rows: pa.Table, kin: pa.Table) -> Plan:
        """Plan for reports and the spans without usage beside them."""
        return self._planner.plan(rows, kin)

    def learn(self, connection: duckdb.DuckDBPyConnection, changes: Changes) -> None:
        """Take note of what other collectors stored, within the transaction that will store a plan."""
        self._planner.learn(connection, changes)

    def store(self, connection: duckdb.DuckDBPyConnection, plan: Plan) -> Stored:
        """Store a plan within the connection's transaction."""
        plan = self._planner.renewed(plan)
        insert_kin(connection, plan.kin)
        committed = insert_lone(connection, plan.alone, self._hours)
        changed = [*_changed_calls(connection, plan)]
        committed += _committed(plan.others, changed)
        if plan.points.num_rows:
            found = list(point_changes(connection, plan.points.to_pylist()))
            committed += _committed(plan.points, found)
            changed += found
        added = self._write(connection, changed)
        if plan.lower:
            self._look_at_lower_signals(connection, plan, changed)
        self._prune(connection)
        return Stored(committed, plan.tally + added)

    def _look_at_lower_signals(
        self, connection: duckdb.DuckDBPyConnection, plan: Plan, changed: list[Change]
    ) -> None:
        times = [*plan.rows["timestamp"].to_pylist(), *(change.row["timestamp"] for change in changed)]
        first, last = min(times), max(times) + longest_of(plan.rows)
        for level in LEVELS:
            self._write(connection, list(suppressed(connection, plan.lower, first, last, level)))

    def _prune(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Forget relatives now and then: a scan with every batch would cost more than they do."""
        now = time.monotonic()
        if now >= self._next_prune:
            self._next_prune = now + _PRUNE_EVERY_S
            if not self._leads():
                return
            before = datetime.now(UTC).replace(tzinfo=None) - 2 * HORIZON
            run(connection, "prune", {"before": before, "kept": _KEPT_KIN})

    def _write(self, connection: duckdb.DuckDBPyConnection, changed: list[Change]) -> Tally:
        if not changed:
            return Tally()
        rows = priced(changes_table(changed), self._prices)
        write_changes(connection, rows, self._hours)
        return tally(rows.filter(pc.is_null(rows["stored_at"])))


def _changed_calls(connection: duckdb.DuckDBPyConnection, plan: Plan) -> list[Change]:
    """Decide the families of those calls that have company, and of those that got it."""
    if not plan.others.num_rows and not plan.joining.num_rows:
        return []
    fresh: list[Row] = plan.others.to_pylist()
    kin: list[Row] = plan.beside.to_pylist()
    stored: dict[UUID, Row] = {}
    if plan.meeting.num_rows or plan.joining.num_rows:
        wanted = _wanted(plan.meeting.to_pylist(), plan.joining, bounded(plan.longest))
        doubles_of = StoredDoubles(connection, fresh, plan.longest).of if plan.doubled else None
        stored = stored_rows(connection, wanted, doubles_of)
        kin += stored_kin(connection, wanted)
    return list(changes(fresh, stored, kin))


def _wanted(fresh: list[Row], kin: pa.Table, longest: timedelta) -> Wanted:
    """Look for everything that belongs to some reports and relatives, within the horizon around them."""
    wanted = Wanted(longest, traces=set(kin["trace_id"].to_pylist()))
    wanted.add(fresh)
    for start, end in zip(kin["timestamp"].to_pylist(), kin["end_timestamp"].to_pylist(), strict=True):
        wanted.add_time(start, end)
    return wanted


def _committed(fresh: pa.Table, changed: list[Change]) -> Committed:
    """Count the reports of a batch that are new, and take the rest for known ones."""
    if not fresh.num_rows:
        return Committed()
    ids = set(fresh["id"].to_pylist())
    new = [
        change.row["reason"] is None
        for change in changed
        if change.stored is None and change.row["id"] in ids
    ]
    return Committed(sum(new), len(new) - sum(new), fresh.num_rows - len(new))
