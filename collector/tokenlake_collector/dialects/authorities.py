"""Which signal of a dialect decides (rule C5): the rows of authorities.csv."""

from __future__ import annotations

from functools import cache, lru_cache

from tokenlake_collector.dialects.csv_table import csv_rows
from tokenlake_collector.dialects.tables import ANY

_COLUMNS = ("dialect", "signal", "role", "flag")


@lru_cache(4096)
def authority(dialect: str, signal: str, role: str, flags: str) -> int:
    """Return the level of a report: 1 decides, a higher one counts only where no lower one has a record.

    `flags` are the row's words, separated by commas.
    """
    asked = [{dialect}, {signal}, {role}, set(flags.split(","))]
    rows = ((row, level) for row, level in _table() if all(map(_fits, row, asked)))
    return next(level for _, level in rows)


def _fits(pattern: str, texts: set[str]) -> bool:
    return pattern == ANY or pattern in texts


@cache
def _table() -> list[tuple[tuple[str, ...], int]]:
    return [(tuple(row[name] for name in _COLUMNS), int(row["level"])) for row in csv_rows("authorities")]
