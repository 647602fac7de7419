"""How long calls take."""

from tokenlake_queries.columns import Row
from tokenlake_queries.instants import Moment
from tokenlake_queries.ledger import open_ledger
from tokenlake_queries.parameters import Filters, GroupBy, select
from tokenlake_queries.remote import Collector
from tokenlake_queries.sources import Source, find_source
from tokenlake_queries.sql import statement


def get_token_latency(
    group_by: GroupBy = None,
    start_time: Moment | None = None,
    end_time: Moment | None = None,
    *,
    timezone: str | None = None,
    filters: Filters | None = None,
    source: Source | None = None,
) -> list[Row]:
    """Return how long the calls of every group took, the group with most of them first.

    ``timed_calls`` are those with a duration; ``avg_duration_ms``, ``p50_duration_ms`` and
    ``p95_duration_ms`` are milliseconds, None where nothing was timed. Without ``group_by`` it is one row.

    Arguments and errors as in ``get_token_summary``: ``start_time`` inclusive, ``end_time`` exclusive.
    """
    selection = select(start_time, end_time, timezone, filters, group_by)
    place = find_source(source)
    if isinstance(place, Collector):
        return place.rows("latency", selection)
    order = ", ".join(["timed_calls DESC", *(f"{column} NULLS LAST" for column in selection.columns)])
    with open_ledger(place) as ledger:
        return ledger.rows(statement("latency", selection, order))
