"""Between which times some sessions have rows, found through the sums by hour without reading all rows.

In a statement of its own: DuckDB skips row groups by bounds that it is given, not by those of a subquery.
"""

from dataclasses import replace
from datetime import datetime

from tokenlake_queries.hours import full_hour, next_full_hour, summed_hours
from tokenlake_queries.ledger import Ledger
from tokenlake_queries.parameters import Selection
from tokenlake_queries.sql import statement


def session_extent(ledger: Ledger, selection: Selection) -> tuple[datetime | None, datetime | None]:
    """Return times (naive UTC, both inclusive) between which all selected rows are; None when there are none.

    They are those of the first and the last row; wider where rows of the sessions were taken away lately, or
    where there are other filters.
    """
    sessions = selection.filters.get("session_id", ())
    of_sessions = replace(selection, filters={"session_id": sessions}, columns=())
    hours = None if not sessions or None in sessions else summed_hours(ledger.summed_until(), of_sessions)
    asked = (
        statement("session_extent", selection, hours=hours, sessions=list(sessions))
        if hours
        else statement("extent", selection)
    )
    first, last = ledger.row(asked).values()
    return first, last


def narrowed(ledger: Ledger, selection: Selection) -> Selection:
    """Return a selection of some sessions within the full hours that these reach over; another as it is."""
    sessions = selection.filters.get("session_id", (None,))
    if None in sessions or ledger.summed_until() is None:
        return selection
    first, last = session_extent(ledger, selection)
    return selection if first is None or last is None else within(selection, first, last)


def within(selection: Selection, first: datetime, last: datetime) -> Selection:
    """Return a selection within the full hours that hold all times from ``first`` to ``last``."""
    start, end = full_hour(first), next_full_hour(last)
    return replace(
        selection,
        start=start if selection.start is None else max(start, selection.start),
        end=end if selection.end is None else min(end, selection.end),
    )
