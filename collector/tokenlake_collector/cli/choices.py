"""What the shell completes for options that have a fixed list of values."""

from __future__ import annotations

from tokenlake_queries import INTERVALS, SESSION_SORTS
from tokenlake_queries.columns import ZEROS

MEASURES = {"tokens": "total_tokens", "money": "estimated_cost"}
"""What a live view can be about, and its figure."""


def complete_figure(incomplete: str) -> list[str]:
    """Return the figures that a summary can be sorted by."""
    return [figure for figure in ZEROS if figure.startswith(incomplete)]


def complete_interval(incomplete: str) -> list[str]:
    """Return the intervals of a timeline."""
    return [interval for interval in INTERVALS if interval.startswith(incomplete)]


def complete_session_sort(incomplete: str) -> list[str]:
    """Return what sessions can be sorted by."""
    return [column for column in SESSION_SORTS if column.startswith(incomplete)]


def complete_measure(incomplete: str) -> list[str]:
    """Return what a live view can be about."""
    return [measure for measure in MEASURES if measure.startswith(incomplete)]
