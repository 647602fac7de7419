"""The last days, today included."""

from datetime import UTC, datetime, timedelta

from tokenlake_queries.buckets import MAX_BUCKETS, day_start, quarter
from tokenlake_queries.columns import ZEROS, Row
from tokenlake_queries.instants import find_zone, to_utc
from tokenlake_queries.ledger import open_ledger
from tokenlake_queries.parameters import Filters, check_whole, select
from tokenlake_queries.remote import Collector
from tokenlake_queries.sources import Source, find_source
from tokenlake_queries.timeline import bucket_figures


def get_daily_stats(
    days: int = 7,
    *,
    timezone: str | None = None,
    filters: Filters | None = None,
    source: Source | None = None,
    now: datetime | None = None,
) -> list[Row]:
    """Return calls, errors, tokens and cost (USD) of the last ``days`` days, today's last.

    A row is a ``date`` of ``timezone`` and the figures of ``get_token_summary``; an empty day has zeros.

    Args:
        days: 1 to 10,000.
        timezone: As in ``get_token_summary``.
        filters: As in ``get_token_summary``.
        source: As in ``get_token_summary``.
        now: What decides which day is today, by default the clock; a collector has its own.

    Raises:
        ValueError: An argument is not allowed.
        LedgerError: The source cannot be read.
    """
    check_whole("days", days, 1, MAX_BUCKETS)
    zone = find_zone(timezone)
    instant = datetime.now(UTC) if now is None else to_utc("now", now, zone).replace(tzinfo=UTC)
    today = instant.astimezone(zone).date()
    dates = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    place = find_source(source)
    if isinstance(place, Collector):
        if now is not None:
            raise ValueError(
                f"now={now!s} is not allowed: a collector has its own clock; use get_token_timeline"
            )
        return place.rows("daily", select(None, None, timezone, filters), days=days)
    selection = select(dates[0], today + timedelta(days=1), timezone, filters)
    # By the start: where a zone skipped a day, its start is the next day's too, and the rows are that one's.
    starts = {day_start(day, zone): day for day in dates}
    with open_ledger(place) as ledger:
        found = bucket_figures(ledger, selection, list(starts))
    figures = {day: found.get((quarter(start), ()), ZEROS) for start, day in starts.items()}
    return [{"date": day, **figures.get(day, ZEROS)} for day in dates]
