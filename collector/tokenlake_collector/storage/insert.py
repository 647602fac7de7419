"""Write rows: new ones that stand alone, and changes of decided ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.storage.sql import run, visible


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


def insert_lone(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> Committed:
    """Insert rows that no relative can change, each report once; `reason` tells the table."""
    if rows.num_rows == 0:
        return Committed()
    bounds = time_bounds(rows)
    uncounted = 0
    with visible(connection, lone=rows):
        counted = run(connection, "insert_counted", bounds)
        if rows["reason"].null_count < rows.num_rows:
            uncounted = run(connection, "insert_uncounted", bounds)
    return Committed(counted, uncounted, rows.num_rows - counted - uncounted)


def write_changes(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> None:
    """Write decided rows in the place of whatever is stored under their ids, in either table."""
    if rows.num_rows == 0:
        return
    with visible(connection, changes=rows):
        run(connection, "replace", time_bounds(rows, "stored_at"))


def insert_kin(connection: duckdb.DuckDBPyConnection, kin: pa.Table) -> None:
    """Keep spans without usage, which later reports may hang below."""
    if kin.num_rows == 0:
        return
    with visible(connection, kin=kin):
        connection.execute("INSERT INTO trace_spans BY NAME SELECT * FROM kin")


def time_bounds(rows: pa.Table, column: str = "timestamp") -> dict[str, Any]:
    """Return the first and the last timestamp in a column (UTC), None where it has none."""
    extremes = pc.min_max(rows[column]).as_py()
    return {"first": extremes["min"], "last": extremes["max"]}
