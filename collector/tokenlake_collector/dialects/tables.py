"""Load the tables about spans: comma-separated files beside this one, in order of priority."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from tokenlake_collector.dialects.csv_table import csv_rows


class Place(StrEnum):
    """Where an attribute stands."""

    SPAN = "span"
    RESOURCE = "resource"


class Role(StrEnum):
    """What a record is to the count of tokens (rule C4)."""

    LEAF = "leaf"
    CONTAINER = "container"
    AGENT = "agent"
    TOOL = "tool"
    NEVER = "never"


SPAN_NAME = "span name"
"""What a role rule names instead of an attribute when it looks at the span's name."""

ANY = "*"


@dataclass(frozen=True, slots=True)
class Alias:
    """One attribute that can fill one column; `vocabulary` only for token counts, no `dialects` for all."""

    column: str
    vocabulary: str
    attribute: str
    place: Place
    dialects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recognition:
    """A sign that a record speaks a dialect.

    `by` is scope or service (a name that matches `pattern`), resource (`key=value`) or attribute (is there).
    """

    dialect: str
    by: str
    pattern: str


@dataclass(frozen=True, slots=True)
class RoleRule:
    """What a value of an attribute says about a record of a dialect; `*` stands for anything."""

    dialect: str
    attribute: str
    value: str
    role: Role
    operation: str


@cache
def aliases() -> tuple[Alias, ...]:
    """Return the rows of attributes.csv in order of priority."""
    return tuple(
        Alias(r["column"], r["vocabulary"], r["attribute"], Place(r["place"]), tuple(r["dialects"].split()))
        for r in csv_rows("attributes")
    )


@cache
def recognitions() -> tuple[Recognition, ...]:
    """Return the rows of dialects.csv in order of priority."""
    return tuple(Recognition(r["dialect"], r["by"], r["pattern"]) for r in csv_rows("dialects"))


@cache
def role_rules() -> tuple[RoleRule, ...]:
    """Return the rows of roles.csv in order of priority, values in lower case."""
    return tuple(
        RoleRule(r["dialect"], r["attribute"], r["value"].lower(), Role(r["role"]), r["operation"])
        for r in csv_rows("roles")
    )


@cache
def providers() -> dict[str, str]:
    """Return older and product spellings of providers, in lower case, each with today's name."""
    return {r["spelling"]: r["provider"] for r in csv_rows("providers")}
