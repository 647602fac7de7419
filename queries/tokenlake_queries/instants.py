"""Points in time: what a caller writes, in which zone, and the naive UTC that the table stores."""

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Moment: TypeAlias = datetime | date | str
"""A bound of a range: a datetime, a date, or either of them as ISO 8601 text."""


def find_zone(name: str | None, environ: Mapping[str, str] = os.environ) -> ZoneInfo:
    """Return the zone called ``name``, by default that of ``TOKENLAKE_TIMEZONE``, else UTC.

    Raises:
        ValueError: The name is not an IANA time zone.
    """
    key = "TOKENLAKE_TIMEZONE" if name is None else "timezone"
    name = environ.get("TOKENLAKE_TIMEZONE") or "UTC" if name is None else name
    try:
        return ZoneInfo(name)
    # A name is looked up as a file below the zone data, hence the errors of paths.
    except (ZoneInfoNotFoundError, ValueError, TypeError, AttributeError, OSError) as error:
        remedy = "give an IANA time zone such as 'Europe/Berlin' or 'UTC'"
        raise ValueError(f"{key}={name!r} is unknown: {remedy}") from error


def to_utc(key: str, value: Moment, zone: ZoneInfo) -> datetime:
    """Return ``value`` as a naive UTC datetime; what has no offset is local time in ``zone``.

    Raises:
        ValueError: The value is no ISO 8601 time, or lies outside the years 1 to 9999.
    """
    try:
        moment = _parse(value)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return aware.astimezone(UTC).replace(tzinfo=None)
    except (TypeError, ValueError, OverflowError) as error:
        remedy = "use ISO 8601 such as 2026-03-01 or 2026-03-01T12:00:00+01:00 (in a URL '+' is %2B)"
        raise ValueError(f"{key}={value!r} is no point in time: {remedy}") from error


def from_utc(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the naive UTC ``instant`` as an aware datetime in ``zone``."""
    return instant.replace(tzinfo=UTC).astimezone(zone)


def _parse(value: Moment) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time.min)
    return datetime.fromisoformat(value)
