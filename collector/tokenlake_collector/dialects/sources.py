"""How far an emitter is to be trusted with a call that several report (rule C4)."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache

from tokenlake_collector.dialects.csv_table import csv_rows
from tokenlake_collector.dialects.tables import ANY
from tokenlake_collector.dialects.versions import reaches

_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Source:
    """One row of sources.csv; an empty `disjoint_agents_from` is no version at all."""

    dialect: str
    scope: str
    exactness: int
    accumulates: bool
    disjoint_agents_from: str


@cache
def sources() -> tuple[Source, ...]:
    """Return the rows of sources.csv in order of priority."""
    return tuple(
        Source(
            r["dialect"],
            r["scope"],
            int(r["exactness"]),
            r["accumulates"] == "yes",
            r["disjoint_agents_from"],
        )
        for r in csv_rows("sources")
    )


@lru_cache(_REMEMBERED)
def source(dialect: str, scope: str) -> Source:
    """Return the first row that fits; the last one fits everything."""
    return next(row for row in sources() if row.dialect in (ANY, dialect) and fnmatchcase(scope, row.scope))


def exactness(dialect: str, scope: str = "") -> int:
    """Return 0 for a provider's own SDK, 1 for what instruments it, 2 framework, 3 gateway, 4 server."""
    return source(dialect, scope).exactness


def accumulates(dialect: str, scope: str = "") -> bool:
    """Tell whether the emitter's calls may carry running totals (C4d)."""
    return source(dialect, scope).accumulates


def disjoint_agents(dialect: str, scope: str, version: str) -> bool:
    """Tell whether nested agent spans of this scope's version hold only their own messages (C4)."""
    bound = source(dialect, scope).disjoint_agents_from
    return bool(bound and reaches(version, bound))
