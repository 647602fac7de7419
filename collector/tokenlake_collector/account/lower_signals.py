"""Reports of a lower signal, which count only where no higher one has a record of the same calls (C5)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa

from tokenlake_collector.account.families import OTHER_SIGNAL, Change
from tokenlake_collector.account.keys import lower_of
from tokenlake_collector.account.model_names import PREFIX, SUFFIX
from tokenlake_collector.account.reports import Row
from tokenlake_collector.account.stored import wanted_tables
from tokenlake_collector.storage.sql import query, visible

_SLACK = timedelta(seconds=2)

_LONGEST_CALL = timedelta(hours=1)
"""How long before a lower report's time a call may have begun that ended within it."""


class LowerSignals:
    """Knows the services that have reports of a lower signal; the others need no second look."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        found = connection.execute(
            "SELECT DISTINCT coalesce(service_name, '') FROM token_usage WHERE authority > 1 UNION "
            "SELECT DISTINCT coalesce(service_name, '') FROM token_usage_uncounted WHERE authority > 1"
        ).fetchall()
        self._services: set[str] = {name for (name,) in found}

    def add(self, services: Collection[str]) -> None:
        """Remember services that have such reports."""
        self._services |= set(services)

    def touched(self, rows: pa.Table) -> set[str]:
        """Return the services of a batch that have reports of a lower signal, in it or stored."""
        self.add(lower_of(rows))
        if not self._services:
            return set()
        return self._services & {name or "" for name in rows["service_name"].unique().to_pylist()}


LEVELS = (2, 3, 4)
"""Levels below the deciding one, in the order of their verdicts: a later one may name a report of another."""


def suppressed(
    connection: duckdb.DuckDBPyConnection,
    services: Collection[str],
    first: datetime,
    last: datetime,
    level: int,
) -> Iterator[Change]:
    """Yield the reports of a level between two moments whose verdict is another than before."""
    with visible(connection, **wanted_tables(wanted_services=services)):
        lower = query(
            connection, __package__, "lower_reports", {"first": first, "last": last, "level": level}
        )
    if not lower:
        return
    higher = _higher(connection, lower)
    for row in lower:
        counted_id = higher.get(row["id"])
        reason = None if counted_id is None else OTHER_SIGNAL
        if (row["reason"], row["counted_id"]) != (reason, counted_id):
            yield Change(row | {"reason": reason, "counted_id": counted_id}, row)


def _higher(connection: duckdb.DuckDBPyConnection, lower: Iterable[Row]) -> dict[UUID, UUID]:
    """Return, by the id of a lower report, the id of the record that is counted instead."""
    rows = list(lower)
    bounds: dict[str, Any] = {
        "first": min(row["timestamp"] for row in rows) - _LONGEST_CALL,
        "last": max(row["timestamp"] + timedelta(milliseconds=row["duration_ms"] or 0) for row in rows)
        + _SLACK,
    }
    bounds |= {"prefix": PREFIX, "suffix": SUFFIX}
    with visible(connection, **wanted_tables(wanted_ids=[str(row["id"]) for row in rows])):
        found = query(connection, __package__, "higher_reports", bounds)
    return {row["id"]: row["counted_id"] for row in found}
