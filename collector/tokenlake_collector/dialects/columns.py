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
"""Read from one vocabulary per record (rule C1)."""

OTHER_COUNTS = ("context_tokens", "iteration")
AMOUNTS = ("reported_cost",)

EXTRA = "attributes"
"""Allow-listed attributes that are kept as JSON; the only column that several attributes fill together."""


def reading(column: str) -> Reading:
    """Return how the values of a column are read."""
    if column in TOKEN_COLUMNS or column in OTHER_COUNTS:
        return Reading.COUNT
    return Reading.AMOUNT if column in AMOUNTS else Reading.TEXT
