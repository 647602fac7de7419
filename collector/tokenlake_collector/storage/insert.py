"""Write rows: new ones that stand alone, and changes of decided ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.storage.hours.sums import Hours
from tokenlake_collector.storage.sql import query, run, visible

_MOST_GAPS = 3


@dataclass(frozen=True, slots=True)
class Committed:
    """What one transaction did, in rows: new counted, new uncounted, and reports that were known already."""

    counted: int = 0
    uncounted: int = 0
    duplicates: int = 0

    def __add__(self, other: Committed) -> Committed:
        return Committed(
            self.counted + other.counted,
            self.uncounted + other.uncounted,
            self.duplicates + other.duplicates,
        )


def insert_lone(connection: duckdb.DuckDBPyConnection, rows: pa.Table, hours: Hours) -> Committed:
    """Insert rows that no relative can change, each report once; `reason` tells the table."""
    if rows.num_rows == 0:
        return Committed()
    fresh = _unknown(connection, rows)
    uncounted = fresh.num_rows - fresh["reason"].null_count
    with visible(connection, lone=_without_empty_columns(fresh)):
        if uncounted < fresh.num_rows:
            run(connection, "insert_counted", {})
        if uncounted:
            run(connection, "insert_uncounted", {})
    hours.add(connection, fresh if not uncounted else fresh.filter(pc.is_null(fresh["reason"])))
    return Committed(fresh.num_rows - uncounted, uncounted, rows.num_rows - fresh.num_rows)


def _unknown(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> pa.Table:
    """Return the reports that are not stored. To look first costs a third of an anti-join of all columns."""
    known: list[bytes] = []
    with visible(connection, asked=rows.select(["id"])):
        for first, last in time_ranges(rows["timestamp"]):
            found = query(connection, __package__, "known", {"first": first, "last": last})
            known += [row["id"].bytes for row in found]
    if not known:
        return rows
    ids = pc.cast(rows["id"], pa.binary(16))
    return rows.filter(pc.invert(pc.is_in(ids, value_set=pa.array(known, pa.binary(16)))))


def _without_empty_columns(rows: pa.Table) -> pa.Table:
    """Leave out what is NULL everywhere, a third of the columns in most batches: DuckDB puts the NULLs in."""
    filled = [name for name in rows.column_names if rows[name].null_count < rows.num_rows]
    return rows.select([*filled, *({"reason"} - set(filled))])


def write_changes(connection: duckdb.DuckDBPyConnection, rows: pa.Table, hours: Hours) -> None:
    """Write decided rows in the place of whatever is stored under their ids, in either table."""
    if rows.num_rows == 0:
        return
    counted = rows["reason"].null_count
    with visible(connection, changes=rows):
        # Each statement costs 2.5 ms, and most changes are of new rows in one table.
        if rows["stored_at"].null_count < rows.num_rows:
            extremes = pc.min_max(rows["stored_at"]).as_py()
            bounds = {"first": extremes["min"], "last": extremes["max"]}
            hours.take(connection, **bounds)
            run(connection, "delete_changed", bounds)
        if counted:
            run(connection, "insert_changed_counted", {})
        if counted < rows.num_rows:
            run(connection, "insert_changed_uncounted", {})
    hours.add(connection, rows.filter(pc.is_null(rows["reason"])))


def insert_kin(connection: duckdb.DuckDBPyConnection, kin: pa.Table) -> None:
    """Keep spans without usage, which later reports may hang below."""
    if kin.num_rows == 0:
        return
    with visible(connection, kin=kin):
        connection.execute("INSERT INTO trace_spans BY NAME SELECT * FROM kin")


def time_ranges(times: pa.ChunkedArray) -> list[tuple[datetime, datetime]]:
    """Return the ranges (UTC, both ends inclusive) that hold all times, split at the widest gaps of a day.

    A sender with a wrong clock must not make every batch search the years between; a few ranges are enough,
    and many would cost more than they save.
    """
    ordered = np.sort(times.to_numpy())
    gaps = np.diff(ordered)
    widest = np.argsort(gaps)[-_MOST_GAPS:]
    cuts = np.sort(widest[gaps[widest] > np.timedelta64(1, "D")]) + 1
    return [(part[0].item(), part[-1].item()) for part in np.split(ordered, cuts)]
