"""What emitters are known to do with their counts: tables of which the first row that fits holds."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import TypeAlias

from tokenlake_collector.dialects.csv_table import csv_rows
from tokenlake_collector.dialects.tables import ANY

_REMEMBERED = 4096
"""Answers kept per look-up: names come from outside, so an unbounded cache would be a leak."""


@dataclass(frozen=True, slots=True)
class Habit:
    """What a dialect's scope does; `called` is compared with the provider and with the model."""

    dialect: str
    scope: str
    span: str
    called: str
    value: str

    def is_of(self, dialect: str, scope: str) -> bool:
        """Tell whether the row is about this dialect and scope."""
        return self.dialect in (ANY, dialect) and fnmatchcase(scope, self.scope)

    def fits(self, span: str, provider: str, model: str) -> bool:
        """Tell whether the row is about this call, given in lower case."""
        called = any(fnmatchcase(name, self.called) for name in (provider, model))
        return called and fnmatchcase(span, self.span)


Habits: TypeAlias = tuple[Habit, ...]

ALWAYS, NEVER = "always", "never"
"""Inclusive in every version; in none."""


class Total:
    """What a total is worth: the words of totals.csv."""

    PROVIDER = "provider"
    GAP = "gap"
    THOUGHTS = "thoughts"
    OUTPUT = "output"


class Reasoning:
    """Where reasoning stands: the words of reasoning.csv that ask for more than the standard."""

    OUTSIDE = "outside"
    WITHOUT_TOTAL = "without_total"


@cache
def inclusions() -> Habits:
    """Return inclusion.csv: from which scope version on input includes the cache (rule C2)."""
    return _habits("inclusion", "inclusive_from")


@cache
def totals() -> Habits:
    """Return totals.csv: what a total says beyond the sum of input and output (rules C2 and C3)."""
    return _habits("totals", "total")


@cache
def reasonings() -> Habits:
    """Return reasoning.csv: whether reasoning stands outside output (rule C3)."""
    return _habits("reasoning", "reasoning")


@lru_cache(_REMEMBERED)
def habits_of(habits: Habits, dialect: str, scope: str) -> Habits:
    """Return the rows about a dialect and scope, in order."""
    return tuple(habit for habit in habits if habit.is_of(dialect, scope))


@lru_cache(_REMEMBERED)
def habit(habits: Habits, span: str, provider: str, model: str) -> str:
    """Return what the first row that fits says, "" where none does; case does not matter."""
    call = span.lower(), provider.lower(), model.lower()
    return next((row.value for row in habits if row.fits(*call)), "")


def _habits(table: str, value: str) -> Habits:
    return tuple(
        Habit(r["dialect"], r["scope"], r["span"], r["called"].lower(), r[value]) for r in csv_rows(table)
    )
