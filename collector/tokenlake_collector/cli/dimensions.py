"""What can be grouped by and filtered on, in the words of a command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tokenlake_queries import GROUP_COLUMNS

ALIASES = {
    "endpoint": "endpoint_name",
    "operation": "operation_type",
    "detail": "operation_detail",
    "user": "user_id",
    "session": "session_id",
    "service": "service_name",
    "agent": "agent_name",
    "requested": "request_model",
    "error": "error_type",
}
"""Short names of columns; every column has its own name as well."""

_SHORT = {column: alias for alias, column in ALIASES.items()}
NAMES = tuple(_SHORT.get(column, column) for column in GROUP_COLUMNS)
"""The shortest name of every column."""

Filters = dict[str, list[str | None]]


def column_of(option: str, name: str) -> str:
    """Return the column that a name on the command line means.

    Raises:
        ValueError: it means none; the message names the option and lists the names.
    """
    column = ALIASES.get(name.strip(), name.strip())
    if column not in GROUP_COLUMNS:
        raise ValueError(f"{option} {name!r} is no column: write one of {', '.join(NAMES)}")
    return column


def columns_of(by: str | None) -> list[str]:
    """Read the names of `--by`, separated by commas, each column once.

    Raises:
        ValueError: a name is no column's.
    """
    names = by.split(",") if by is not None else []
    return list(dict.fromkeys(column_of("--by", name) for name in names))


def filters_of(where: Sequence[str] | None) -> Filters:
    """Read the `column=value` pairs of `--where`; nothing behind the = means rows without a value.

    Raises:
        ValueError: a pair has no =, or its name is no column's.
    """
    filters: Filters = {}
    for pair in where or []:
        name, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"--where {pair!r}: write column=value; columns: {', '.join(NAMES)}")
        filters.setdefault(column_of("--where", name), []).append(value or None)
    return filters


def complete_by(incomplete: str) -> Iterator[str]:
    """Return what the last name of a list may become, with what stands before it."""
    before, comma, last = incomplete.rpartition(",")
    taken = {ALIASES.get(name, name) for name in before.split(",")}
    for name in _completions(last):
        if ALIASES.get(name, name) not in taken:
            yield f"{before}{comma}{name}"


def complete_where(incomplete: str) -> Iterator[str]:
    """Return the names that a filter may begin with, each with its =."""
    if "=" not in incomplete:
        yield from (f"{name}=" for name in _completions(incomplete))


def _completions(start: str) -> list[str]:
    """Return the short names, and the columns' own once somebody has begun to write one of them."""
    short = [name for name in NAMES if name.startswith(start)]
    return short or [name for name in GROUP_COLUMNS if name.startswith(start)]
