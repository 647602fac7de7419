"""What a question selects: checked once, here, whether it comes from Python or from a URL."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from tokenlake_queries.columns import GROUP_COLUMNS
from tokenlake_queries.instants import Moment, find_zone, to_utc

GroupBy: TypeAlias = str | Iterable[str] | None
"""One column, several, or several in one text with commas between."""

Filters: TypeAlias = Mapping[str, str | Iterable[str | None] | None]
"""Column to the value or values that are wanted; None is the absent value (NULL)."""

# Far above any page that is read, far below where an integer no longer fits DuckDB's BIGINT.
_MAX_WHOLE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows count: ``start <= timestamp < end`` (naive UTC) and every filter; and how to group them."""

    start: datetime | None
    end: datetime | None
    zone: ZoneInfo
    filters: Mapping[str, tuple[str | None, ...]]
    columns: tuple[str, ...] = ()


def select(
    start_time: Moment | None,
    end_time: Moment | None,
    timezone: str | None,
    filters: Filters | None,
    group_by: GroupBy = None,
) -> Selection:
    """Return the checked selection.

    Raises:
        ValueError: An argument is not allowed; the message names it, its value and the remedy.
    """
    zone = find_zone(timezone)
    start = None if start_time is None else to_utc("start_time", start_time, zone)
    end = None if end_time is None else to_utc("end_time", end_time, zone)
    if start is not None and end is not None and start > end:
        raise ValueError(f"start_time={start_time!s} is after end_time={end_time!s}: exchange the two")
    return Selection(start, end, zone, _check_filters(filters or {}), _check_columns(group_by))


def check_choice(key: str, value: str, allowed: Iterable[str]) -> str:
    """Return ``value`` if it is one of ``allowed``, else raise a ValueError that lists them."""
    allowed = tuple(allowed)
    if value not in allowed:
        raise ValueError(f"{key}={value!r} is not allowed: choose from {', '.join(allowed)}")
    return value


def check_whole(key: str, value: object, lowest: int, highest: int = _MAX_WHOLE) -> int:
    """Return ``value`` if it is a whole number in the range (both ends included), else raise a ValueError."""
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise ValueError(f"{key}={value!r} is not allowed: give a whole number from {lowest} to {highest}")
    return value


def _check_columns(group_by: GroupBy) -> tuple[str, ...]:
    names = group_by.split(",") if isinstance(group_by, str) and group_by else _listed(group_by or ())
    stripped = (name.strip() if isinstance(name, str) else name for name in names)
    return tuple(check_choice("group_by", name, GROUP_COLUMNS) for name in dict.fromkeys(stripped))


def _check_filters(filters: Filters) -> dict[str, tuple[str | None, ...]]:
    return {
        check_choice("filters", column, GROUP_COLUMNS): _check_values(column, values)
        for column, values in filters.items()
    }


def _check_values(column: str, values: str | Iterable[str | None] | None) -> tuple[str | None, ...]:
    listed = (values,) if values is None or isinstance(values, str) else _listed(values)
    if not listed or not all(value is None or isinstance(value, str) for value in listed):
        remedy = "give a text, None (for the absent value), or a list with at least one of them"
        raise ValueError(f"filters[{column!r}]={values!r} is not allowed: {remedy}")
    return tuple(dict.fromkeys(listed))


def _listed(values: Any) -> tuple[Any, ...]:
    # A single number is kept as the wrong value that it is, for the message of the check that follows.
    return tuple(values) if isinstance(values, Iterable) else (values,)
