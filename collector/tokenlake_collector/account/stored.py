"""What is stored of the traces and provider ids of a batch, within the horizon."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import duckdb
import pyarrow as pa

from tokenlake_collector.account.overlaps import SLACK
from tokenlake_collector.account.reports import Row
from tokenlake_collector.storage.sql import query, visible

HORIZON = timedelta(hours=24)
"""How long after its last span a trace may still change its verdicts."""

LONGEST = timedelta(days=30)
"""The longest span that a relative is looked for under."""

_ROUNDS = 8
"""Steps from trace to provider id to trace; real families need one or two."""


DoublesOf: TypeAlias = Callable[[Mapping[UUID, Row]], set[UUID]]


@dataclass(slots=True)
class Wanted:
    """Traces, provider ids and row ids to look for, doubles among them, and how far around their times.

    A trace is looked for within the horizon. Reports that share a provider's id are one call only if they
    overlap, so these are looked for at the same time only: some servers give every answer the same id.
    `longest` is the longest duration that is stored: a span that old may still be open.
    """

    longest: timedelta
    first: datetime | None = None
    last: datetime | None = None
    first_overlap: datetime | None = None
    last_overlap: datetime | None = None
    traces: set[UUID] = field(default_factory=set)
    provider_ids: set[str] = field(default_factory=set)
    ids: set[UUID] = field(default_factory=set)
    doubles: set[UUID] = field(default_factory=set)

    def add(self, rows: Iterable[Row]) -> None:
        """Look for whatever belongs to these reports."""
        for row in rows:
            self.ids.add(row["id"])
            if row["trace_id"] is not None:
                self.traces.add(row["trace_id"])
            self.provider_ids |= {row[name] for name in ("response_id", "request_id") if row[name]}
            start = row["timestamp"]
            end = start + timedelta(milliseconds=row["duration_ms"] or 0)
            self.add_time(start, end)
            first, last = start - self.longest - SLACK, end + SLACK
            self.first_overlap = min(first, self.first_overlap or first)
            self.last_overlap = max(last, self.last_overlap or last)

    def add_time(self, start: datetime, end: datetime) -> None:
        """Look a horizon before and after a span."""
        first, last = start - HORIZON - self.longest, end + HORIZON
        self.first = min(first, self.first or first)
        self.last = max(last, self.last or last)

    @property
    def bounds(self) -> dict[str, Any]:
        """The times to look in, as the SQL names them."""
        return {
            "first": self.first,
            "last": self.last,
            "first_overlap": self.first_overlap or self.first,
            "last_overlap": self.last_overlap or self.first,
        }

    @property
    def extent(self) -> tuple[object, ...]:
        """What is looked for, as far as it can grow."""
        return (
            len(self.traces),
            len(self.provider_ids),
            len(self.doubles),
            self.first,
            self.last,
            self.first_overlap,
        )


def stored_rows(
    connection: duckdb.DuckDBPyConnection, wanted: Wanted, doubles_of: DoublesOf | None = None
) -> dict[UUID, Row]:
    """Return the rows of both tables that belong to what is wanted, and to what those in turn belong to.

    `doubles_of` tells which other reports are doubles of those found; without it none are looked for.
    """
    found: dict[UUID, Row] = {}
    for _ in range(_ROUNDS):
        before = wanted.extent
        found = {row["id"]: row for row in _look_up(connection, "stored_reports", wanted)}
        wanted.add(found.values())
        if doubles_of:
            wanted.doubles |= doubles_of(found)
        if wanted.extent == before:
            break
    return found


def longest_stored(connection: duckdb.DuckDBPyConnection) -> timedelta:
    """Return the longest duration of a stored report."""
    (milliseconds,) = connection.execute(
        "SELECT greatest((SELECT max(duration_ms) FROM token_usage), "
        "(SELECT max(duration_ms) FROM token_usage_uncounted))"
    ).fetchall()[0]
    return timedelta(milliseconds=milliseconds or 0)


def bounded(longest: timedelta) -> timedelta:
    """Return a duration to look back by: one absurd span must not make every search look at everything."""
    return min(longest, LONGEST)


def stored_kin(connection: duckdb.DuckDBPyConnection, wanted: Wanted) -> list[Row]:
    """Return the spans without usage of the wanted traces."""
    return _look_up(connection, "stored_kin", wanted)


def as_reported(row: Row) -> Row:
    """Return a stored row with the values that its own record gave."""
    original = {
        name: value for name, value in row.items() if name not in {"reported", "counted_id", "counted"}
    }
    original |= {"reason": None, "resource_session_id": None}
    given: Row = json.loads(row["reported"] or "{}")
    if "timestamp" in given:
        given["timestamp"] = datetime.fromisoformat(given["timestamp"])
    return original | given


def _look_up(connection: duckdb.DuckDBPyConnection, name: str, wanted: Wanted) -> list[Row]:
    tables = wanted_tables(
        wanted_traces=map(str, wanted.traces),
        wanted_provider_ids=wanted.provider_ids,
        wanted_ids=map(str, wanted.ids | wanted.doubles),
    )
    with visible(connection, **tables):
        return query(connection, __package__, name, wanted.bounds)


def wanted_tables(**texts: Iterable[str]) -> dict[str, pa.Table]:
    """Return lists of texts as tables of one column, `wanted`."""
    return {name: pa.table({"wanted": pa.array(sorted(t), pa.string())}) for name, t in texts.items()}
