"""The columns that attributes fill, and how an attribute's value is read for each (rule C0)."""

from __future__ import annotations

from enum import StrEnum


class Reading(StrEnum):
    """How a value is read."""

    COUNT = "count"
    AMOUNT = "amount"
    TEXT = "text"


TOKEN_COLUMNS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "reasoning_tokens",
)
"""Stored; read from one vocabulary per record (rule C1)."""

EVIDENCE_COLUMNS = ("total_tokens", "uncached_tokens")
"""Never stored: they tell what the input count holds (rule C2)."""

VOCABULARY_COLUMNS = (*TOKEN_COLUMNS, *EVIDENCE_COLUMNS)
"""What a vocabulary may have a name for."""

PART_COLUMNS = (
    "cache_5m_tokens",
    "cache_1h_tokens",
    "compaction_input_tokens",
    "compaction_output_tokens",
    "advisor_input_tokens",
    "advisor_output_tokens",
)
"""Never stored: cache writes by how long they are kept, and what Anthropic's totals leave out."""

COUNTS = frozenset({*VOCABULARY_COLUMNS, *PART_COLUMNS, "context_tokens", "iteration"})
AMOUNTS = frozenset({"reported_cost", "reported_cost_micros"})

EXTRA = "attributes"
"""Allow-listed attributes that are kept as JSON; the only column that several attributes fill together."""


def reading(column: str) -> Reading:
    """Return how the values of a column are read."""
    if column in COUNTS:
        return Reading.COUNT
    return Reading.AMOUNT if column in AMOUNTS else Reading.TEXT
