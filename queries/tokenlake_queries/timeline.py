"""Figures over time: buckets of local time, the empty ones included."""

from datetime import datetime, timedelta
from typing import Any, TypeAlias

from tokenlake_queries.buckets import INTERVALS, bucket_starts, quarter
from tokenlake_queries.columns import ZEROS, Row
from tokenlake_queries.hours import summed_hours
from tokenlake_queries.instants import Moment, from_utc
from tokenlake_queries.ledger import Ledger, open_ledger
from tokenlake_queries.parameters import Filters, GroupBy, Selection, check_choice, select
from tokenlake_queries.remote import Collector
from tokenlake_queries.session_extent import narrowed
from tokenlake_queries.sources import Source, find_source
from tokenlake_queries.sql import statement

Group: TypeAlias = tuple[str | None, ...]

# Every group has every bucket, so a group per session would fill the memory with zeros.
_MAX_ROWS = 200_000
_MICROSECOND = timedelta(microseconds=1)


def get_token_timeline(
    interval: str = "day",
    start_time: Moment | None = None,
    end_time: Moment | None = None,
    *,
    group_by: GroupBy = None,
    timezone: str | None = None,
    filters: Filters | None = None,
    source: Source | None = None,
) -> list[Row]:
    """Return calls, errors, tokens and cost (USD) per bucket of local time, in the order of time.

    ``timestamp`` is the bucket's start, aware, in ``timezone``; that of the first bucket may lie before
    ``start_time``. Empty buckets are filled with zeros, from ``start_time`` (else the first row's) to
    ``end_time`` (else the last row's); with ``group_by`` every group that occurs has every bucket. The
    two hours 01:00 at the end of summer time are two buckets: Python calls such datetimes equal, their
    ``isoformat()`` tells them apart.

    Args:
        interval: ``hour``, ``day``, ``week`` (from Monday) or ``month``.
        start_time: Inclusive, as in ``get_token_summary``.
        end_time: Exclusive, as in ``get_token_summary``.
        group_by: Columns as in ``get_token_summary``; by default none.
        timezone: As in ``get_token_summary``.
        filters: As in ``get_token_summary``.
        source: As in ``get_token_summary``.

    Raises:
        ValueError: An argument is not allowed, or there would be more than 10,000 buckets (or 200,000 rows).
        LedgerError: The source cannot be read.
    """
    check_choice("interval", interval, INTERVALS)
    selection = select(start_time, end_time, timezone, filters, group_by)
    place = find_source(source)
    if isinstance(place, Collector):
        return place.rows("timeline", selection, interval=interval)
    with open_ledger(place) as ledger:
        near = narrowed(ledger, selection)
        starts = _starts(ledger, interval, selection, near)
        found = bucket_figures(ledger, near, starts) if starts else {}
    return _filled(selection, starts, found)


def bucket_figures(
    ledger: Ledger, selection: Selection, starts: list[datetime]
) -> dict[tuple[datetime, Group], Row]:
    """Return the figures of every bucket and group that has rows, by the quarter of the bucket's start."""
    hours = summed_hours(ledger.summed_until(), selection, starts)
    values: dict[str, Any] = {"starts": [quarter(start) for start in starts]}
    rows = ledger.sums(statement("timeline", selection, hours=hours, **values))
    return {(row.pop("bucket"), tuple(row.pop(name) for name in selection.columns)): row for row in rows}


def _starts(ledger: Ledger, interval: str, selection: Selection, near: Selection) -> list[datetime]:
    first, last = selection.start, selection.end and selection.end - _MICROSECOND
    if first is None or last is None:
        extent = ledger.row(statement("extent", near))
        first, last = first or extent["first_timestamp"], last or extent["last_timestamp"]
    if first is None or last is None or first > last:
        return []
    return bucket_starts(interval, first, last, selection.zone)


def _filled(
    selection: Selection, starts: list[datetime], found: dict[tuple[datetime, Group], Row]
) -> list[Row]:
    labels = {quarter(start): from_utc(start, selection.zone) for start in starts}
    groups = sorted({group for _, group in found}, key=_nulls_last) if selection.columns else [()]
    if len(labels) * len(groups) > _MAX_ROWS:
        remedy = "choose a larger interval, a narrower range, or filters that leave fewer groups"
        size = f"{len(labels):,} buckets of {len(groups):,} groups"
        raise ValueError(f"group_by={','.join(selection.columns)!r} makes {size}: {remedy}")
    return [
        {
            "timestamp": label,
            **dict(zip(selection.columns, group, strict=True)),
            **found.get((bucket, group), ZEROS),
        }
        for bucket, label in labels.items()
        for group in groups
    ]


def _nulls_last(group: Group) -> list[tuple[bool, str]]:
    return [(value is None, value or "") for value in group]
