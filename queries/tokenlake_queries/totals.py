"""One total."""

from tokenlake_queries.columns import Row
from tokenlake_queries.hours import summed_hours
from tokenlake_queries.instants import Moment
from tokenlake_queries.ledger import open_ledger
from tokenlake_queries.parameters import Filters, select
from tokenlake_queries.remote import Collector
from tokenlake_queries.session_extent import narrowed
from tokenlake_queries.sources import Source, find_source
from tokenlake_queries.sql import statement


def get_token_total(
    start_time: Moment | None = None,
    end_time: Moment | None = None,
    *,
    timezone: str | None = None,
    filters: Filters | None = None,
    source: Source | None = None,
) -> Row:
    """Return calls, errors, tokens and cost (USD) of all rows in the range; zeros when there are none.

    Arguments and errors as in ``get_token_summary``: ``start_time`` inclusive, ``end_time`` exclusive.
    """
    selection = select(start_time, end_time, timezone, filters)
    place = find_source(source)
    if isinstance(place, Collector):
        return place.row("total", selection)
    with open_ledger(place) as ledger:
        near = narrowed(ledger, selection)
        hours = summed_hours(ledger.summed_until(), near)
        return ledger.row(statement("total", near, hours=hours))
