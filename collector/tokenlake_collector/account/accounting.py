"""Store a batch under the counting rules: lone reports as they are, the others with all their relatives.

Most reports have no relative that could change their verdict. For the others the stored ones of their traces
and provider ids are read, the family is decided again, and the rows that change are written or moved between
the two tables, all in the transaction of the batch that caused it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.account.changes_table import changes_table
from tokenlake_collector.account.columns import with_authority
from tokenlake_collector.account.families import Change, changes
from tokenlake_collector.account.gate import Gate
from tokenlake_collector.account.keys import (
    KinKeys,
    RowKeys,
    kin_keys,
    row_keys,
    stored_keys,
    stored_kin_keys,
)
from tokenlake_collector.account.lower_signals import LEVELS, LowerSignals, suppressed
from tokenlake_collector.account.points import point_changes
from tokenlake_collector.account.pricing import Prices, priced
from tokenlake_collector.account.reports import Row
from tokenlake_collector.account.settle import settled
from tokenlake_collector.account.stored import (
    HORIZON,
    Wanted,
    bounded,
    longest_stored,
    stored_kin,
    stored_rows,
)
from tokenlake_collector.account.tally import Tally, tally
from tokenlake_collector.storage.insert import (
    Committed,
    insert_kin,
    insert_lone,
    write_changes,
)
from tokenlake_collector.storage.sql import run

_PRUNE_EVERY_S = 600

_KEPT_KIN = 20_000_000
"""Spans without usage that are kept at most, about 1 GB on disk: a day of them at 230 a second."""

_REMEMBERED = 4_000_000
"""Stored reports whose keys are read at the start, the latest stored first."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a transaction stored, and the keys to remember once it is committed."""

    committed: Committed
    tally: Tally
    rows: RowKeys
    kin: KinKeys


class Accounting:
    """The rules, with their memory of what is stored in one ledger."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, prices: Prices) -> None:
        self._gate = Gate()
        self._lower = LowerSignals(connection)
        self._next_prune = time.monotonic() + _PRUNE_EVERY_S
        self._longest = longest_stored(connection)
        self._prices = prices
        for table in ("token_usage", "token_usage_uncounted"):
            for traces, responses, requests in stored_keys(connection, table, _REMEMBERED):
                self._gate.reported.add(traces[traces != 0])
                self._gate.add_ids(responses, requests)
        for traces in stored_kin_keys(connection, _REMEMBERED):
            self._gate.add_kin(traces)

    def store(self, connection: duckdb.DuckDBPyConnection, rows: pa.Table, kin: pa.Table) -> Stored:
        """Store reports and the spans without usage beside them, within the connection's transaction."""
        rows = with_authority(rows)
        calls, points = _split(rows, pc.is_null(rows["series"]))
        stored, changed = self._store_calls(connection, calls, kin)
        if points.num_rows:
            fresh: list[Row] = points.to_pylist()
            found = list(point_changes(connection, fresh))
            stored = replace(stored, committed=stored.committed + _committed(fresh, found))
            changed += found
        added = self._write(connection, changed)
        self._look_at_lower_signals(connection, rows, changed)
        self._prune(connection)
        return replace(stored, tally=stored.tally + added)

    def _store_calls(
        self, connection: duckdb.DuckDBPyConnection, rows: pa.Table, kin: pa.Table
    ) -> tuple[Stored, list[Change]]:
        self._longest = max(self._longest, _longest(rows))
        keys, of_kin = row_keys(rows), kin_keys(kin)
        involved = self._gate.involved(rows, keys, kin, of_kin)
        insert_kin(connection, kin)
        lone, others = _split(rows, pa.chunked_array([pa.array(~involved)]))
        alone = priced(settled(lone), self._prices)
        committed = insert_lone(connection, alone)
        joined = self._gate.reported.holds(of_kin.trace)
        changed: list[Change] = []
        if involved.any() or joined.any():
            fresh: list[Row] = others.to_pylist()
            wanted = _wanted(fresh, kin.filter(pa.array(joined)), bounded(self._longest))
            changed = list(changes(fresh, stored_rows(connection, wanted), stored_kin(connection, wanted)))
            committed += _committed(fresh, changed)
        return Stored(committed, tally(alone), keys, of_kin), changed

    def _look_at_lower_signals(
        self, connection: duckdb.DuckDBPyConnection, rows: pa.Table, changed: list[Change]
    ) -> None:
        services = self._lower.touched(rows)
        if services:
            times = [*rows["timestamp"].to_pylist(), *(change.row["timestamp"] for change in changed)]
            first, last = min(times), max(times) + _longest(rows)
            for level in LEVELS:
                self._write(connection, list(suppressed(connection, services, first, last, level)))

    def _prune(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Forget relatives now and then: a scan with every batch would cost more than they do."""
        now = time.monotonic()
        if now >= self._next_prune:
            self._next_prune = now + _PRUNE_EVERY_S
            before = datetime.now(UTC).replace(tzinfo=None) - 2 * HORIZON
            run(connection, "prune", {"before": before, "kept": _KEPT_KIN})

    def _write(self, connection: duckdb.DuckDBPyConnection, changed: list[Change]) -> Tally:
        if not changed:
            return Tally()
        rows = priced(changes_table(changed), self._prices)
        write_changes(connection, rows)
        return tally(rows.filter(pc.is_null(rows["stored_at"])))

    def remember(self, stored: Stored) -> None:
        """Take note of what has been committed."""
        self._gate.add(stored.rows, stored.kin)


def _split(rows: pa.Table, mask: pa.ChunkedArray) -> tuple[pa.Table, pa.Table]:
    """Return the rows where a mask holds, and the others; nothing is copied where all are alike."""
    if pc.all(mask).as_py() is not False:
        return rows, rows.slice(0, 0)
    return rows.filter(mask), rows.filter(pc.invert(mask))


def _longest(rows: pa.Table) -> timedelta:
    return timedelta(milliseconds=pc.max(rows["duration_ms"]).as_py() or 0)


def _wanted(fresh: list[Row], kin: pa.Table, longest: timedelta) -> Wanted:
    """Look for everything that belongs to some reports and relatives, within the horizon around them."""
    wanted = Wanted(longest, traces=set(kin["trace_id"].to_pylist()))
    wanted.add(fresh)
    for start, end in zip(kin["timestamp"].to_pylist(), kin["end_timestamp"].to_pylist(), strict=True):
        wanted.add_time(start, end)
    return wanted


def _committed(fresh: list[Row], changed: list[Change]) -> Committed:
    """Count the reports of a batch that are new, and take the rest for known ones."""
    ids = {row["id"] for row in fresh}
    new = [
        change.row["reason"] is None
        for change in changed
        if change.stored is None and change.row["id"] in ids
    ]
    return Committed(sum(new), len(new) - sum(new), len(fresh) - len(new))
