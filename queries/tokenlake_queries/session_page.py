"""Which sessions are on a page, found without looking at more of the ledger than that takes."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from tokenlake_queries.columns import Row
from tokenlake_queries.hours import summed_hours
from tokenlake_queries.ledger import Ledger
from tokenlake_queries.parameters import Selection
from tokenlake_queries.session_extent import narrowed, within
from tokenlake_queries.sql import statement

LATEST_FIRST = "last_timestamp DESC"

# At 10 million rows the page takes 2 ms in the last four hours, and 70 ms in all of them.
_LATELY = (timedelta(hours=4), timedelta(days=4))


def find_page(ledger: Ledger, selection: Selection, order: str, page: Mapping[str, int]) -> Selection | None:
    """Return the selection of a page's sessions alone, None for an empty page.

    Where a page has room for all sessions that are asked for, they are not looked up.

    Args:
        ledger: Where to look.
        selection: Whose sessions.
        order: The ORDER BY of the pages.
        page: ``limit`` and ``offset``.
    """
    named = selection.filters.get("session_id", ())
    if named and not page["offset"] and len(named) <= page["limit"]:
        return narrowed(ledger, selection)
    until = ledger.summed_until()
    for part in _parts(selection, until, order):
        hours = summed_hours(until, part)
        found = ledger.rows(statement("session_page", part, order, hours, **page))
        if part is selection:
            return _with_times(selection, found) if found else None
        if found and len(found) == page["limit"]:
            return narrowed(ledger, _of_sessions(selection, found))
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


def _with_times(selection: Selection, found: list[Row]) -> Selection:
    first = min(row["first_timestamp"] for row in found)
    last = max(row["last_timestamp"] for row in found)
    return within(_of_sessions(selection, found), first, last)
