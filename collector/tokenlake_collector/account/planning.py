"""What can be said of a batch without asking the database: who stands alone, what it costs, who has company.

All that happens here is Python's work, done while DuckDB commits the batch before; storing a plan is mostly
DuckDB's.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import timedelta

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.account.columns import with_authority
from tokenlake_collector.account.company import Batch, Company, company, everybody
from tokenlake_collector.account.gate import Gate, Mask
from tokenlake_collector.account.keys import (
    REMEMBERED,
    holds_more,
    keys_of_kin,
    keys_of_rows,
    kin_keys,
    newest,
    row_keys,
)
from tokenlake_collector.account.lower_signals import LowerSignals
from tokenlake_collector.account.news import KIN, REPORTS, News, read_news
from tokenlake_collector.account.pricing import Prices, priced
from tokenlake_collector.account.settle import settled
from tokenlake_collector.account.stored import longest_stored
from tokenlake_collector.account.tally import Tally, tally
from tokenlake_collector.storage.changes import Changes

_MOST_NEWS = 64
"""Pieces of news that are kept for older plans: a collector without traffic learns, and never plans.

A plan that missed more is made again as if anything might be stored.
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """A batch, and how it is to be stored.

    `rows` are all reports as received, `kin` the spans without usage beside them. `alone` is ready to be
    inserted; `others` are decided together with their relatives: with those `beside` them in the batch, and
    with those that are stored, which only the `meeting` ones of them can have. `joining` are relatives whose
    traces have stored reports. `points` are decided by their series. `longest` is the longest duration so
    far, `doubled` whether any reports, stored ones too, may be doubles, `lower` the services that have
    reports of a lower signal, `tally` what is doubtful about `alone`. A plan was made of the `company` of its
    `batch`, when `known` pieces of news from other collectors were.
    """

    rows: pa.Table
    kin: pa.Table
    alone: pa.Table
    others: pa.Table
    meeting: pa.Table
    beside: pa.Table
    joining: pa.Table
    points: pa.Table
    longest: timedelta
    doubled: bool
    lower: AbstractSet[str]
    tally: Tally
    batch: Batch
    company: Company
    known: int


class Planner:
    """Makes plans, with its memory of what was planned before or is stored in one ledger."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, prices: Prices) -> None:
        self._lock = threading.Lock()
        self._gate = Gate()
        self._prices = prices
        self._news: deque[News] = deque(maxlen=_MOST_NEWS)
        self._known = 0
        self._lower = LowerSignals(connection)
        self._longest = longest_stored(connection)
        self._remember(connection)

    def plan(self, rows: pa.Table, kin: pa.Table) -> Plan:
        """Plan for reports and the spans without usage beside them; batches are stored in this order.

        The batch is remembered at once: a later one may be planned before this one is stored. Should this one
        never be stored, some reports are looked for in vain.
        """
        rows = with_authority(rows)
        calls, points = split(rows, pc.is_null(rows["series"]).to_numpy())
        batch = Batch(calls, kin, row_keys(calls), kin_keys(kin))
        with self._lock:
            self._longest = max(self._longest, longest_of(calls))
            found = company(batch, self._gate, self._lower.touched(rows))
            self._gate.add(batch.keys, batch.kin_keys)
            return self._made(rows, points, batch, found)

    def learn(self, connection: duckdb.DuckDBPyConnection, changes: Changes) -> None:
        """Take note of what other collectors stored."""
        if changes.tables is None:
            self._gate.begin_incomplete()
        news = read_news(connection, changes)
        with self._lock:
            for keys in news.reports:
                self._gate.add_stored(keys)
                self._lower.add(keys.lower)
                self._longest = max(self._longest, timedelta(milliseconds=keys.longest_ms))
            for traces in news.kin:
                self._gate.add_kin(traces)
            self._news.append(news)
            self._known += 1

    def renewed(self, plan: Plan) -> Plan:
        """Return a plan as it is to be made with what was learnt after it was; plans come in their order."""
        with self._lock:
            missed = self._known - plan.known
            # Whoever plans next has learnt the rest already.
            while len(self._news) > missed:
                self._news.popleft()
            if not missed:
                return plan
            lower = self._lower.touched(plan.rows)
            found = plan.company
            if missed > len(self._news):
                found = everybody(plan.batch, lower)
            for news in self._news:
                found |= company(plan.batch, news.gate, lower)
            if found.is_like(plan.company):
                return replace(plan, longest=self._longest, doubled=self._gate.has_doubles)
            return self._made(plan.rows, plan.points, plan.batch, found)

    def _remember(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Read the keys of what was stored last."""
        if any(holds_more(connection, table, REMEMBERED) for table in (*REPORTS, KIN)):
            self._gate.begin_incomplete()
        for table in REPORTS:
            for keys in keys_of_rows(connection, newest(table, REMEMBERED)):
                self._gate.add_stored(keys)
        for traces in keys_of_kin(connection, newest(KIN, REMEMBERED)):
            self._gate.add_kin(traces)

    def _made(self, rows: pa.Table, points: pa.Table, batch: Batch, found: Company) -> Plan:
        calls, kin, involved = batch.calls, batch.kin, found.involved
        lone, others = split(calls, ~involved)
        alone = priced(settled(lone), self._prices)
        return Plan(
            rows=rows,
            kin=kin,
            alone=alone,
            others=others,
            meeting=_where(calls, found.meeting),
            beside=_where(kin, np.isin(batch.kin_keys.trace, batch.keys.trace[involved])),
            joining=_where(kin, found.joining),
            points=points,
            longest=self._longest,
            doubled=self._gate.has_doubles,
            lower=found.lower,
            tally=tally(alone),
            batch=batch,
            company=found,
            known=self._known,
        )


def _where(rows: pa.Table, mask: Mask) -> pa.Table:
    return rows.filter(pa.array(mask)) if mask.any() else rows.slice(0, 0)


def split(rows: pa.Table, mask: Mask) -> tuple[pa.Table, pa.Table]:
    """Return the rows where a mask holds, and the others; nothing is copied where it holds everywhere."""
    if mask.all():
        return rows, rows.slice(0, 0)
    return rows.filter(pa.array(mask)), rows.filter(pa.array(~mask))


def longest_of(rows: pa.Table) -> timedelta:
    """Return the longest duration of some reports."""
    return timedelta(milliseconds=pc.max(rows["duration_ms"]).as_py() or 0)
