"""Metric points: each run of a cumulative series split into what every point adds (C6)."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from tokenlake_collector.account.columns import REPORT_SCHEMA
from tokenlake_collector.account.containers import NO_USAGE
from tokenlake_collector.account.families import Change, changed, stored_form
from tokenlake_collector.account.reports import TOKENS, Row, Verdict
from tokenlake_collector.account.series import increments
from tokenlake_collector.account.stored import as_reported, wanted_tables
from tokenlake_collector.storage.sql import query, visible


def point_changes(connection: duckdb.DuckDBPyConnection, fresh: list[Row]) -> Iterator[Change]:
    """Yield the points of the series of a batch that are new or add something else than before."""
    with visible(connection, **wanted_tables(wanted_series={row["series"] for row in fresh})):
        found = query(connection, __package__, "stored_points", {})
    stored = {row["id"]: row for row in found}
    points = {
        row["id"]: {n: row[n] for n in REPORT_SCHEMA.names} for row in [*map(as_reported, found), *fresh]
    }
    for point, changes in increments(points.values()):
        adds = any(changes.get(name, point[name]) for name in TOKENS)
        final = stored_form(point, Verdict(point["reason"] if adds else NO_USAGE, changes=changes))
        yield from changed(final, stored.get(point["id"]))
