"""What can be said of a batch without asking the database: who stands alone, what it costs, who has company.

All that happens here is Python's work, done while DuckDB commits the batch before; storing a plan is mostly
DuckDB's.
"""

from __future__ import annotations

import threading
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.account.columns import with_authority
from tokenlake_collector.account.gate import Gate
from tokenlake_collector.account.keys import holds_more, kin_keys, row_keys, stored_keys, stored_kin_keys
from tokenlake_collector.account.lower_signals import LowerSignals
from tokenlake_collector.account.pricing import Prices, priced
from tokenlake_collector.account.settle import settled
from tokenlake_collector.account.stored import longest_stored
from tokenlake_collector.account.tally import Tally, tally

_TABLES = ("token_usage", "token_usage_uncounted", "trace_spans")

_REMEMBERED = 4_000_000
"""Stored rows of each table whose keys are read at the start, the latest stored first."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A batch, and how it is to be stored.

    `rows` are all reports as received, `kin` the spans without usage beside them. `alone` is ready to be
    inserted; `others` are decided together with their relatives: with those `beside` them in the batch, and
    with those that are stored, which only the `meeting` ones of them can have. `joining` are relatives whose
    traces have stored reports. `points` are decided by their series. `longest` is the longest duration so
    far, `doubled` whether any reports, stored ones too, may be doubles, `lower` the services that have
    reports of a lower signal, `tally` what is doubtful about `alone`.
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


class Planner:
    """Makes plans, with its memory of what was planned before or is stored in one ledger."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, prices: Prices) -> None:
        self._lock = threading.Lock()
        self._gate = Gate()
        self._lower = LowerSignals(connection)
        self._longest = longest_stored(connection)
        self._prices = prices
        if any(holds_more(connection, table, _REMEMBERED) for table in _TABLES):
            self._gate.begin_incomplete()
        for table in _TABLES[:2]:
            for traces, responses, requests, sides in stored_keys(connection, table, _REMEMBERED):
                self._gate.add_reported(traces)
                self._gate.add_ids(responses, requests)
                self._gate.add_doubles(sides)
        for traces in stored_kin_keys(connection, _REMEMBERED):
            self._gate.add_kin(traces)

    def plan(self, rows: pa.Table, kin: pa.Table) -> Plan:
        """Plan for reports and the spans without usage beside them; batches are stored in this order.

        The batch is remembered at once: a later one may be planned before this one is stored. Should this one
        never be stored, some reports are looked for in vain.
        """
        rows = with_authority(rows)
        calls, points = split(rows, pc.is_null(rows["series"]))
        keys, of_kin = row_keys(calls), kin_keys(kin)
        with self._lock:
            self._longest = max(self._longest, longest_of(calls))
            involved = self._gate.involved(calls, keys, kin, of_kin)
            meeting = self._gate.meets(keys, involved)
            joining = self._gate.reported.holds(of_kin.trace)
            lower = self._lower.touched(rows)
            self._gate.add(keys, of_kin)
            doubled = self._gate.has_doubles
        lone, others = split(calls, pa.chunked_array([pa.array(~involved)]))
        alone = priced(settled(lone), self._prices)
        return Plan(
            rows=rows,
            kin=kin,
            alone=alone,
            others=others,
            meeting=calls.filter(pa.array(meeting)) if meeting.any() else calls.slice(0, 0),
            beside=kin.filter(pa.array(np.isin(of_kin.trace, keys.trace[involved]))),
            joining=kin.filter(pa.array(joining)),
            points=points,
            longest=self._longest,
            doubled=doubled,
            lower=lower,
            tally=tally(alone),
        )


def split(rows: pa.Table, mask: pa.ChunkedArray) -> tuple[pa.Table, pa.Table]:
    """Return the rows where a mask holds, and the others; nothing is copied where all are alike."""
    if pc.all(mask).as_py() is not False:
        return rows, rows.slice(0, 0)
    return rows.filter(mask), rows.filter(pc.invert(mask))


def longest_of(rows: pa.Table) -> timedelta:
    """Return the longest duration of some reports."""
    return timedelta(milliseconds=pc.max(rows["duration_ms"]).as_py() or 0)
