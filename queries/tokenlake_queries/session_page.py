"""Which sessions are on a page, found without looking at more of the ledger than that takes."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from tokenlake_queries.columns import Row
from tokenlake_queries.hours import full_hour, next_full_hour, summed_hours
from tokenlake_queries.ledger import Ledger
from tokenlake_queries.parameters import Selection
from tokenlake_queries.sql import statement

LATEST_FIRST = "last_timestamp DESC"

# At 10 million rows the page takes 2 ms in the last four hours, and 70 ms in all of them.
_LATELY = (timedelta(hours=4), timedelta(days=4))


def find_page(ledger: Ledger, selection: Selection, order: str, page: Mapping[str, int]) -> Selection | None:
    """Return the selection of a page's sessions alone, None for an empty page.

    Args:
        ledger: Where to look.
        selection: Whose sessions.
        order: The ORDER BY of the pages.
        page: ``limit`` and ``offset``.
    """
    until = ledger.summed_until()
    for part in _parts(selection, until, order):
        hours = summed_hours(until, part)
        found = ledger.rows(statement("session_page", part, order, hours, **page))
        if part is selection:
            return _narrowed(selection, found) if found else None
        if found and len(found) == page["limit"]:
            return _of_sessions(selection, found)
    raise AssertionError("the last part is the selection itself")


def _parts(selection: Selection, until: datetime | None, order: str) -> Iterator[Selection]:
    """Yield the last hours and days of a selection, then all of it.

    The latest sessions are those of the latest rows: a part that has as many as wanted has the right ones.
    """
    if until is not None and order.startswith(LATEST_FIRST) and "session_id" not in selection.filters:
        end = until if selection.end is None else min(until, selection.end)
        starts = (end - length for length in _LATELY)
        yield from (
            replace(selection, start=start)
            for start in starts
            if selection.start is None or start > selection.start
        )
    yield selection


def _of_sessions(selection: Selection, found: list[Row]) -> Selection:
    sessions = tuple(row["session_id"] for row in found)
    return replace(selection, filters={**selection.filters, "session_id": sessions})


def _narrowed(selection: Selection, found: list[Row]) -> Selection:
    """Narrow the range too, to the full hours that the sessions reach over: DuckDB skips other row groups."""
    first = full_hour(min(row["first_timestamp"] for row in found))
    last = next_full_hour(max(row["last_timestamp"] for row in found))
    start = first if selection.start is None else max(first, selection.start)
    end = last if selection.end is None else min(last, selection.end)
    return replace(_of_sessions(selection, found), start=start, end=end)
