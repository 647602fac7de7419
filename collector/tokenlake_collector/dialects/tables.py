"""Load the dialect tables: comma-separated files beside this one, in order of priority."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Place(StrEnum):
    """Where an attribute stands."""

    SPAN = "span"
    RESOURCE = "resource"


class Role(StrEnum):
    """What a record is to the count of tokens (rule C4)."""

    LEAF = "leaf"
    CONTAINER = "container"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Alias:
    """One attribute that can fill one column; `vocabulary` only for token counts."""

    column: str
    vocabulary: str
    attribute: str
    place: Place


@dataclass(frozen=True, slots=True)
class Recognition:
    """A sign that a record speaks a dialect: its scope's name matches, or it has an attribute."""

    dialect: str
    by: str
    pattern: str


@dataclass(frozen=True, slots=True)
class RoleRule:
    """What a value of an attribute says about a record; `value` `*` is any value without a row."""

    attribute: str
    value: str
    role: Role
    operation: str


@cache
def aliases() -> tuple[Alias, ...]:
    """Return the rows of attributes.csv in order of priority."""
    return tuple(
        Alias(r["column"], r["vocabulary"], r["attribute"], Place(r["place"])) for r in _rows("attributes")
    )


@cache
def recognitions() -> tuple[Recognition, ...]:
    """Return the rows of dialects.csv in order of priority."""
    return tuple(Recognition(r["dialect"], r["by"], r["pattern"]) for r in _rows("dialects"))


@cache
def role_rules() -> tuple[RoleRule, ...]:
    """Return the rows of roles.csv in order of priority, values in lower case."""
    return tuple(
        RoleRule(r["attribute"], r["value"].lower(), Role(r["role"]), r["operation"]) for r in _rows("roles")
    )


@cache
def providers() -> dict[str, str]:
    """Return older and product spellings of providers, each with today's name."""
    return {r["spelling"]: r["provider"] for r in _rows("providers")}


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
