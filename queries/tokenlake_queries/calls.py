"""Pages of single calls: one session's, one model's, everybody's."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tokenlake_queries.columns import Row
from tokenlake_queries.instants import Moment, from_utc
from tokenlake_queries.ledger import Ledger, open_ledger
from tokenlake_queries.parameters import Filters, Selection, check_choice, check_whole, select
from tokenlake_queries.remote import Collector
from tokenlake_queries.session_extent import session_extent
from tokenlake_queries.sources import Source, find_source
from tokenlake_queries.sql import statement

CALL_SORTS = ("timestamp", "input_tokens", "output_tokens", "total_tokens", "estimated_cost", "duration_ms")
"""What calls can be sorted by."""

_MICROSECOND = timedelta(microseconds=1)


def get_token_calls(
    limit: int = 50,
    offset: int = 0,
    start_time: Moment | None = None,
    end_time: Moment | None = None,
    *,
    sort: str = "timestamp",
    timezone: str | None = None,
    filters: Filters | None = None,
    source: Source | None = None,
) -> list[Row]:
    """Return one page of calls, by default the latest first; ``filters={"session_id": …}`` gives a session's.

    A row is a counted report with the table's columns: ``timestamp`` aware, in ``timezone``; ``id`` as text,
    ``trace_id`` and ``span_id`` in hex (None where there is none); tokens, USD and milliseconds; and
    ``total_tokens`` (= input + output). ``estimated_cost`` is None where no price is known.

    Args:
        limit: Calls in a page.
        offset: Calls to skip.
        start_time: Inclusive, as in ``get_token_summary``.
        end_time: Exclusive, as in ``get_token_summary``.
        sort: One of ``CALL_SORTS``, largest (latest) first; with ``:asc`` behind it, smallest first.
        timezone: As in ``get_token_summary``.
        filters: As in ``get_token_summary``.
        source: As in ``get_token_summary``.

    Raises:
        ValueError: An argument is not allowed.
        LedgerError: The source cannot be read.
    """
    page: dict[str, Any] = {
        "limit": check_whole("limit", limit, 0),
        "offset": check_whole("offset", offset, 0),
    }
    order = _order(sort)
    selection = select(start_time, end_time, timezone, filters)
    place = find_source(source)
    if isinstance(place, Collector):
        return place.rows("calls", selection, sort=sort, **page)
    with open_ledger(place) as ledger:
        narrowed = _narrowed(ledger, selection)
        rows = ledger.rows(statement("calls", narrowed, order, **page)) if narrowed else []
    return [row | {"timestamp": from_utc(row["timestamp"], selection.zone)} for row in rows]


def _narrowed(ledger: Ledger, selection: Selection) -> Selection | None:
    """Return the selection within the first and last time of its own rows, None when it has none."""
    first, last = session_extent(ledger, selection)
    if first is None or last is None:
        return None
    return replace(selection, start=first, end=last + _MICROSECOND)


def _order(sort: str) -> str:
    column, _, direction = sort.partition(":")
    check_choice("sort", column, CALL_SORTS)
    check_choice("sort direction", direction or "desc", ("desc", "asc"))
    return f"{column} {direction.upper() or 'DESC'} NULLS LAST, id"
