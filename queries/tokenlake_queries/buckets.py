"""Where the hours, days, weeks and months of a time zone begin, daylight saving days included."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from tokenlake_queries.instants import from_utc

INTERVALS = ("hour", "day", "week", "month")
"""The lengths of a bucket that a timeline can have; weeks start on Monday (ISO 8601)."""

MAX_BUCKETS = 10_000
"""More than a year of hours; one wrong time of 1970 would make 490,000 of them."""


def bucket_starts(interval: str, first: datetime, last: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return the starts of all buckets from the one that holds ``first`` to the one that holds ``last``.

    All times are naive UTC; ``first <= last``. An hour that occurs twice on the day when summer time
    ends is two buckets; a day that a zone skipped is none.

    Raises:
        ValueError: There would be more than 10,000 buckets.
    """
    starts: list[datetime] = []
    for start in _walk(interval, first, zone):
        if start > last:
            break
        if start <= first:
            starts = [start]
        elif start > starts[-1]:
            starts.append(start)
        if len(starts) > MAX_BUCKETS:
            remedy = "choose a larger interval, or a narrower range with start_time and end_time"
            span = f"between {first.isoformat()}Z and {last.isoformat()}Z"
            raise ValueError(
                f"interval={interval!r} makes more than {MAX_BUCKETS:,} buckets {span}: {remedy}"
            )
    return starts


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return when ``day`` begins in ``zone``, naive UTC; where 00:00 is skipped, the first time after it."""
    return datetime.combine(day, time.min, zone).astimezone(UTC).replace(tzinfo=None)


def quarter(instant: datetime) -> datetime:
    """Return the start of the UTC quarter of an hour that holds ``instant``.

    Every start is one already, unless the zone's clock was set by the sun, as some were until 1972.
    """
    return instant.replace(minute=instant.minute // 15 * 15, second=0, microsecond=0)


def _walk(interval: str, first: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    day = from_utc(first, zone).date()
    if interval == "hour":
        return _hours(day_start(day, zone), zone)
    return (day_start(start, zone) for start in _dates(interval, day))


def _hours(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    # In elapsed time, so that no hour is lost or doubled; back to the full hour where a zone's clock
    # moves by half an hour.
    while True:
        yield start
        local = from_utc(start, zone)
        start += timedelta(hours=1) - timedelta(
            minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )


def _dates(interval: str, day: date) -> Iterator[date]:
    if interval == "month":
        months = count(day.year * 12 + day.month - 1)
        return (date(month // 12, month % 12 + 1, 1) for month in months)
    step = 7 if interval == "week" else 1
    origin = day - timedelta(days=day.weekday()) if interval == "week" else day
    return (origin + timedelta(days=step * index) for index in count())
