"""What the public statistics say of a ledger: two of them must say the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokenlake_queries import Source, get_token_session_count, get_token_summary, get_token_total

_GROUPS = ("endpoint_name", "model", "operation_type", "channel", "provider", "signal")
_COST_TOLERANCE = 1e-9
"""Relative: a sum of fractions depends on the order in which they are added."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """The total, the number of sessions, and summaries by columns, each a list of rows."""

    total: Mapping[str, Any]
    answers: Mapping[str, Sequence[Mapping[str, Any]]]

    @classmethod
    def of(cls, source: Source) -> Statistics:
        """Ask a ledger.

        Raises:
            LedgerError: it cannot be read.
        """
        total = get_token_total(source=source)
        answers: dict[str, Sequence[Mapping[str, Any]]] = {
            "total": [total],
            "sessions": [{"sessions": get_token_session_count(source=source)}],
        }
        for column in _GROUPS:
            answers[f"summary by {column}"] = get_token_summary(column, source=source)
        return cls(total, answers)

    def differing(self, other: Statistics) -> list[str]:
        """Return the names of the answers that are not the same in another ledger."""
        return [name for name, rows in self.answers.items() if not _equal(rows, other.answers[name])]


def _equal(rows: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]) -> bool:
    return len(rows) == len(others) and all(
        row.keys() == other.keys() and all(_same(row[key], other[key]) for key in row)
        for row, other in zip(rows, others, strict=True)
    )


def _same(value: object, other: object) -> bool:
    if isinstance(value, float) and isinstance(other, float):
        return math.isclose(value, other, rel_tol=_COST_TOLERANCE)
    return value == other
