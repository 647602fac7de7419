"""How far each report is to be trusted, from the dialect tables (C4, C5, C7)."""

from __future__ import annotations

from tokenlake_collector.account.reports import Report, Row
from tokenlake_collector.dialects import sources

SERVER = 2

SDK, FRAMEWORK, ACCUMULATING = 1, 2, 3
"""Kinds of emitters: a provider's SDK and what instruments it, frameworks and the rest, running totals."""


def preference(report: Report) -> tuple[object, ...]:
    """Return a sort key: of several reports of one call the first is counted.

    One with usage, then the authority of its signal, the more exact source, the client before the server, the
    one with a cache split, the one that did not fail, the most tokens; at last the id, so that order never
    decides.
    """
    row = report.row
    return (
        not report.has_usage,
        row["authority"] or 1,  # rows that somebody inserted by SQL have none
        sources.exactness(row["dialect"] or "", row["scope"] or ""),
        row["span_kind"] == SERVER,
        not (row["cache_read_tokens"] or row["cache_creation_tokens"]),
        report.failed,
        -sum(report.tokens),
        str(report.id),
    )


def kind(dialect: str, scope: str) -> int:
    """Return the kind of an emitter."""
    if sources.accumulates(dialect, scope):
        return ACCUMULATING
    return SDK if sources.exactness(dialect, scope) <= SDK else FRAMEWORK


def accumulates(row: Row) -> bool:
    """Tell whether the emitter may report running totals (C4d)."""
    return sources.accumulates(row["dialect"] or "", row["scope"] or "")


def disjoint_agents(row: Row) -> bool:
    """Tell whether nested agent spans of this emitter hold only their own messages (C4)."""
    return "disjoint_agent" in (row["flags"] or "").split(",")
