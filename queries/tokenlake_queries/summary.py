"""Totals of every group."""

from tokenlake_queries.columns import GROUP_COLUMNS, ZEROS, Row
from tokenlake_queries.hours import summed_hours
from tokenlake_queries.instants import Moment
from tokenlake_queries.ledger import open_ledger
from tokenlake_queries.parameters import Filters, GroupBy, Selection, check_choice, check_whole, select
from tokenlake_queries.remote import Collector
from tokenlake_queries.session_extent import narrowed
from tokenlake_queries.sources import Source, find_source
from tokenlake_queries.sql import statement


def get_token_summary(
    group_by: GroupBy = "endpoint_name",
    start_time: Moment | None = None,
    end_time: Moment | None = None,
    *,
    sort: str = "total_tokens",
    limit: int | None = None,
    timezone: str | None = None,
    filters: Filters | None = None,
    source: Source | None = None,
) -> list[Row]:
    """Return calls, errors, tokens and cost (USD) of every group, by default the most tokens first.

    Rows without a value in a grouped column are a group of their own (None), so the sums match the total.

    Args:
        group_by: One of ``GROUP_COLUMNS``, or several (a sequence, or text with commas between).
        start_time: Inclusive; a datetime, a date or ISO 8601 text; without an offset, in ``timezone``.
        end_time: Exclusive; like ``start_time``.
        sort: The figure that decides the order, the largest first; groups equal in it are in their own order.
        limit: How many groups at most; by default all, and only then do the sums match the total.
        timezone: An IANA name; by default that of TOKENLAKE_TIMEZONE, else UTC.
        filters: Column of ``GROUP_COLUMNS`` to the wanted value or values; None is the absent value.
        source: A path, a collector's URL or a DuckDB connection; by default see ``set_default_source``,
            TOKENLAKE_DB and TOKENLAKE_URL.

    Raises:
        ValueError: An argument is not allowed.
        LedgerError: The source cannot be read.
    """
    selection = select(start_time, end_time, timezone, filters, group_by)
    if not selection.columns:
        allowed = ", ".join(GROUP_COLUMNS)
        raise ValueError(f"group_by={group_by!r} names no column: choose from {allowed}")
    check_choice("sort", sort, ZEROS)
    page = {} if limit is None else {"limit": check_whole("limit", limit, 0)}
    return _summary(selection, source, sort, **page)


def get_stats_by_user(
    start_time: Moment | None = None,
    end_time: Moment | None = None,
    *,
    timezone: str | None = None,
    filters: Filters | None = None,
    source: Source | None = None,
) -> list[Row]:
    """Return the summary by ``user_id``; arguments and errors as in ``get_token_summary``."""
    return _summary(select(start_time, end_time, timezone, filters, "user_id"), source)


def get_stats_by_channel(
    start_time: Moment | None = None,
    end_time: Moment | None = None,
    *,
    timezone: str | None = None,
    filters: Filters | None = None,
    source: Source | None = None,
) -> list[Row]:
    """Return the summary by ``channel``; arguments and errors as in ``get_token_summary``."""
    return _summary(select(start_time, end_time, timezone, filters, "channel"), source)


def _summary(
    selection: Selection, source: Source | None, sort: str = "total_tokens", **page: int
) -> list[Row]:
    place = find_source(source)
    if isinstance(place, Collector):
        return place.rows("summary", selection, sort=sort, **page)
    order = ", ".join([f"{sort} DESC", *(f"{column} NULLS LAST" for column in selection.columns)])
    with open_ledger(place) as ledger:
        near = narrowed(ledger, selection)
        hours = summed_hours(ledger.summed_until(), near)
        return ledger.sums(statement("summary", near, order, hours, **page))
