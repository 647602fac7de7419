"""Reports and relatives as the rules see them: plain values of traces that belong together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

CONTAINERS = frozenset({"container", "agent", "tool"})
SEPARATORS = frozenset({"agent", "tool"})
IDENTITY = ("session_id", "user_id", "channel")
TOKENS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "reasoning_tokens",
)

Row = dict[str, Any]

ROUNDING = timedelta(microseconds=2)
"""Starts and durations come as nanoseconds and are kept as microseconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A span, or a log record below one: its place in the tree and what its descendants may inherit.

    `key` is unique within a family: the span id of a span, the row's id of a log record.
    """

    key: int | UUID
    trace: UUID | None
    parent: int | None
    start: datetime
    end: datetime
    role: str
    row: Row

    def encloses(self, other: Node) -> bool:
        """Tell whether the other lies within this one's time; equal ends count, rounded as they are."""
        return self.start <= other.start + ROUNDING and other.end <= self.end + ROUNDING

    @property
    def is_container(self) -> bool:
        """Tell whether this repeats what lies below it."""
        return self.role in CONTAINERS


@dataclass(frozen=True, slots=True, eq=False)
class Report(Node):
    """A node that reports usage, a failed call, or a call without usage; `row` has its own values."""

    @property
    def id(self) -> UUID:
        """The identity of the report."""
        identity: UUID = self.row["id"]
        return identity

    @property
    def tokens(self) -> tuple[int, int]:
        """Input and output tokens."""
        return self.row["input_tokens"], self.row["output_tokens"]

    @property
    def has_usage(self) -> bool:
        """Tell whether there is anything to count."""
        return any(self.row[name] for name in TOKENS)

    @property
    def failed(self) -> bool:
        """Tell whether the call failed."""
        return self.row["error_type"] is not None

    @property
    def is_leaf(self) -> bool:
        """Tell whether this is one request to a provider; what has usage and no role is one."""
        return not self.is_container and self.role != "never"


@dataclass(slots=True)
class Verdict:
    """What becomes of a report: counted or not and why, and the values that it takes from its relatives."""

    reason: str | None = None
    counted_id: UUID | None = None
    changes: dict[str, Any] = field(default_factory=dict)


def relative(row: Row) -> Node:
    """Return the node of a span without usage."""
    return Node(
        key=row["span_id"],
        trace=row["trace_id"],
        parent=row["parent_span_id"],
        start=row["timestamp"],
        end=row["end_timestamp"],
        role=row["role"] or "",
        row=row,
    )


def report(row: Row) -> Report:
    """Return the node of a row of token_usage; a log record hangs below the span that it names."""
    start = row["timestamp"]
    is_span = row["signal"] == "span"
    return Report(
        key=row["span_id"] if is_span else row["id"],
        trace=row["trace_id"],
        parent=row["parent_span_id"] if is_span else row["span_id"],
        start=start,
        end=start + timedelta(milliseconds=row["duration_ms"] or 0),
        role=row["role"] or "",
        row=row,
    )
