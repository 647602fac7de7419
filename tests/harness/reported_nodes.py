"""Nodes for the deciding part, built from a few words: model calls, containers and plain spans."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tokenlake_collector.account.columns import REPORT_SCHEMA
from tokenlake_collector.account.decide import decide
from tokenlake_collector.account.reports import Node, Report, Verdict, relative, report

NOON = datetime(2026, 5, 28, 12)

_COUNTS = {
    "input": "input_tokens",
    "output": "output_tokens",
    "read": "cache_read_tokens",
    "written": "cache_creation_tokens",
    "reasoning": "reasoning_tokens",
}
_OF_A_RELATIVE = ("session_id", "user_id", "channel", "operation_detail")


def call(
    number: int, parent: int | None = None, *, start: float = 0, end: float = 10, trace: int = 1, **told: Any
) -> Report:
    """Return a report of a model call; times in seconds, counts by short names, the rest by column."""
    counts = {column: told.pop(word, 0) for word, column in _COUNTS.items()}
    row = dict.fromkeys(REPORT_SCHEMA.names) | {
        "id": UUID(int=number),
        "timestamp": NOON + timedelta(seconds=start),
        "duration_ms": (end - start) * 1000,
        "trace_id": UUID(int=trace),
        "span_id": number,
        "parent_span_id": parent,
        "dialect": "semconv",
        "signal": "span",
        "role": "leaf",
        "scope": "opentelemetry.instrumentation.openai_v2",
        "span_kind": 1,
        "model": "gpt-5",
        "authority": 1,
        "context_tokens": counts["input_tokens"],
    }
    return report(row | counts | told)


def container(number: int, parent: int | None = None, *, role: str = "agent", **told: Any) -> Report:
    """Return a container that reports usage."""
    return call(number, parent, **({"role": role, "model": None, "scope": ""} | told))


def span(
    number: int,
    parent: int | None = None,
    *,
    start: float = 0,
    end: float = 10,
    trace: int = 1,
    role: str = "",
    **told: Any,
) -> Node:
    """Return a span without usage."""
    return relative(
        dict.fromkeys(_OF_A_RELATIVE)
        | {
            "trace_id": UUID(int=trace),
            "span_id": number,
            "parent_span_id": parent,
            "timestamp": NOON + timedelta(seconds=start),
            "end_timestamp": NOON + timedelta(seconds=end),
            "role": role,
        }
        | told
    )


def verdicts(*nodes: Node) -> dict[int, Verdict]:
    """Decide and return the verdicts by the numbers of the nodes."""
    return {identity.int: verdict for identity, verdict in decide(nodes).items()}


def counted(*nodes: Node) -> set[int]:
    """Return the numbers of the nodes that are counted."""
    return {number for number, verdict in verdicts(*nodes).items() if verdict.reason is None}
