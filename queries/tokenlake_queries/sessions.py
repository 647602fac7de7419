"""Pages of sessions."""

from tokenlake_queries.columns import ZEROS, Row
from tokenlake_queries.hours import summed_hours
from tokenlake_queries.instants import Moment, from_utc
from tokenlake_queries.ledger import open_ledger
from tokenlake_queries.parameters import Filters, check_choice, check_whole, select
from tokenlake_queries.remote import Collector
from tokenlake_queries.session_extent import narrowed
from tokenlake_queries.session_page import find_page
from tokenlake_queries.sources import Source, find_source
from tokenlake_queries.sql import statement

SESSION_SORTS = ("last_timestamp", "first_timestamp", "session_id", *ZEROS)
"""What sessions can be sorted by: a time, the id, or a figure."""


def get_token_sessions(
    limit: int = 50,
    offset: int = 0,
    start_time: Moment | None = None,
    end_time: Moment | None = None,
    *,
    sort: str = "last_timestamp",
    timezone: str | None = None,
    filters: Filters | None = None,
    source: Source | None = None,
) -> list[Row]:
    """Return one page of sessions, by default the latest first.

    A row has ``session_id``, ``first_timestamp`` and ``last_timestamp`` (aware, in ``timezone``), the most
    recent ``user_id`` and ``channel``, ``models`` (sorted), and the figures of ``get_token_summary``. All
    of it comes from the selected rows only. Rows without a session are one session (None).

    Args:
        limit: Sessions in a page.
        offset: Sessions to skip.
        start_time: Inclusive, as in ``get_token_summary``.
        end_time: Exclusive, as in ``get_token_summary``.
        sort: One of ``SESSION_SORTS``, largest (latest) first; with ``:asc`` behind it, smallest first
            (``"total_tokens:asc"``). Sessions that are equal in it are in the order of their id.
        timezone: As in ``get_token_summary``.
        filters: As in ``get_token_summary``.
        source: As in ``get_token_summary``.

    Raises:
        ValueError: An argument is not allowed.
        LedgerError: The source cannot be read.
    """
    page = {"limit": check_whole("limit", limit, 0), "offset": check_whole("offset", offset, 0)}
    order = _order(sort)
    selection = select(start_time, end_time, timezone, filters)
    place = find_source(source)
    if isinstance(place, Collector):
        return place.rows("sessions", selection, sort=sort, **page)
    with open_ledger(place) as ledger:
        found = find_page(ledger, selection, order, page)
        hours = summed_hours(ledger.summed_until(), found) if found else None
        rows = ledger.rows(statement("sessions", found, order, hours)) if found else []
    moments = ("first_timestamp", "last_timestamp")
    return [row | {key: from_utc(row[key], selection.zone) for key in moments} for row in rows]


def get_token_session_count(
    start_time: Moment | None = None,
    end_time: Moment | None = None,
    *,
    timezone: str | None = None,
    filters: Filters | None = None,
    source: Source | None = None,
) -> int:
    """Return how many sessions all pages of ``get_token_sessions`` hold together; errors as there."""
    selection = select(start_time, end_time, timezone, filters)
    place = find_source(source)
    if isinstance(place, Collector):
        return place.session_count(selection)
    with open_ledger(place) as ledger:
        near = narrowed(ledger, selection)
        hours = summed_hours(ledger.summed_until(), near)
        asked = (
            statement("session_count_hours", near, hours=hours) if hours else statement("session_count", near)
        )
        count: int = ledger.row(asked)["sessions"]
    return count


def _order(sort: str) -> str:
    column, _, direction = sort.partition(":")
    check_choice("sort", column, SESSION_SORTS)
    check_choice("sort direction", direction or "desc", ("desc", "asc"))
    return f"{column} {direction.upper() or 'DESC'} NULLS LAST, session_id NULLS LAST"
