"""Which full hours of a question are answered by sums, where a ledger keeps them.

A collector sums the hours that are over (`usage_hours`, a tenth of the rows and less), so that a year is
answered as fast as a month. What lies around those hours is read from `token_usage`, as is everything where
no sums are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tokenlake_queries.parameters import Selection

SUMMED_COLUMNS = frozenset(
    {
        "session_id",
        "user_id",
        "channel",
        "endpoint_name",
        "model",
        "operation_type",
        "service_name",
        "provider",
        "agent_name",
        "request_model",
    }
)
"""The columns that sums are kept by; a question about another one reads the rows."""

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """Full hours (naive UTC) whose sums are read: ``first`` inclusive, None for all; ``last`` exclusive."""

    first: datetime | None
    last: datetime


def summed_hours(
    until: datetime | None, selection: Selection, starts: Iterable[datetime] = ()
) -> Hours | None:
    """Return the hours whose sums answer a part of a question, None where there are none.

    Args:
        until: The full hour before which the ledger has summed every row; None where it keeps no sums.
        selection: What is asked.
        starts: Where the buckets of a timeline begin; sums can only be split at full hours.
    """
    asked = {*selection.columns, *selection.filters}
    if until is None or not asked <= SUMMED_COLUMNS or any(start != full_hour(start) for start in starts):
        return None
    first = None if selection.start is None else _ceiling(selection.start)
    last = until if selection.end is None else min(until, full_hour(selection.end))
    return None if first is not None and first >= last else Hours(first, last)


def full_hour(moment: datetime) -> datetime:
    """Return when the hour that holds a time began."""
    return moment.replace(minute=0, second=0, microsecond=0)


def next_full_hour(moment: datetime) -> datetime:
    """Return when the hour that holds a time ends."""
    return full_hour(moment) + _HOUR


def _ceiling(moment: datetime) -> datetime:
    return moment if moment == full_hour(moment) else next_full_hour(moment)
