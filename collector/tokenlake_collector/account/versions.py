"""Versions of one report: which of them is kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tokenlake_collector.account.columns import REPORT_SCHEMA
from tokenlake_collector.account.reports import Row


def best_versions(rows: Iterable[Row]) -> list[Row]:
    """Of several versions of a report keep the latest end, then the most tokens, then a fixed choice (C0)."""
    best: dict[UUID, Row] = {}
    for row in map(_own, rows):
        known = best.get(row["id"])
        if known is None or _version(row) > _version(known):
            best[row["id"]] = row
    return list(best.values())


def _own(row: Row) -> Row:
    # Of a stored row the estimated cost may be computed; the record's own is the reported one.
    return {name: row[name] for name in REPORT_SCHEMA.names} | {"estimated_cost": row["reported_cost"]}


def _version(row: Row) -> tuple[Any, ...]:
    end: datetime = row["timestamp"] + timedelta(milliseconds=row["duration_ms"] or 0)
    content = repr([row[name] for name in REPORT_SCHEMA.names])
    return end, row["input_tokens"] + row["output_tokens"], content
