"""Log records that report a model call: the tables events.csv and event_attributes.csv."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from tokenlake_collector.dialects.columns import TOKEN_COLUMNS
from tokenlake_collector.dialects.csv_table import csv_rows
from tokenlake_collector.dialects.markdown import code, markdown_table
from tokenlake_collector.dialects.signs import By, Sign
from tokenlake_collector.dialects.tables import Place, aliases

SPAN_VOCABULARY = "gen_ai"
"""That of records which repeat a span's attributes: read by attributes.csv, as the span is."""

_REMEMBERED = 4096


class Kind(StrEnum):
    """What a record is to the count of calls."""

    CALL = "call"
    USAGE = "usage"
    FAILURE = "failure"
    COPY = "copy"


class Holds(StrEnum):
    """Whether a count includes its parts: cache in the input, reasoning in the output."""

    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"
    TOTAL = "total"
    AS_SPAN = "span"


class Moment(StrEnum):
    """What the timestamp of a record is to its call."""

    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class Event:
    """One row of events.csv; without a condition it is None."""

    dialect: str
    name: str
    sign: Sign
    condition: tuple[str, str] | None
    kind: Kind
    vocabulary: str
    input: Holds
    output: Holds
    time: Moment
    provider: str | None


@cache
def events() -> tuple[Event, ...]:
    """Return the rows of events.csv in order of priority."""
    return tuple(_event(row) for row in csv_rows("events"))


@cache
def event_names() -> frozenset[str]:
    """Return the names of all events that are read."""
    return frozenset(event.name for event in events())


@lru_cache(_REMEMBERED)
def sources(column: str, vocabulary: str, dialect: str) -> tuple[str, ...]:
    """Return the attributes that can fill a column of a log record or a point, the best first.

    Token counts are read from the vocabulary alone. All else is read as on a span, and then by the names
    that only records of this vocabulary, or only logs and metrics, have.
    """
    of_spans = [
        alias.attribute
        for alias in aliases()
        if (alias.column, alias.place) == (column, Place.SPAN)
        and alias.vocabulary in {"", vocabulary}
        and (not alias.dialects or dialect in alias.dialects)
    ]
    own = [
        row["attribute"]
        for row in csv_rows("event_attributes")
        if row["column"] == column and row["vocabulary"] in {"", vocabulary}
    ]
    return tuple(dict.fromkeys(own + of_spans if column in TOKEN_COLUMNS else of_spans + own))


@cache
def resource_sources(column: str) -> tuple[str, ...]:
    """Return the attributes of a resource that can fill a column, the best first."""
    return tuple(
        alias.attribute
        for alias in aliases()
        if (alias.column, alias.place) == (column, Place.RESOURCE) and not alias.dialects
    )


def document_events() -> str:
    """Return the part about log records of the page about attributes, as Markdown."""
    shown = (
        (
            code(event.dialect),
            *_recognition(event),
            event.kind,
            code(event.vocabulary),
            event.input,
            event.output,
        )
        for event in events()
    )
    head = ("dialect", "event", "and", "kind", "vocabulary", "input", "output")
    return "".join(
        [
            _EVENTS,
            markdown_table(head, shown),
            _VOCABULARIES,
            markdown_table(("vocabulary", "column", "attributes, first match wins"), _vocabularies()),
        ]
    )


def _recognition(event: Event) -> tuple[str, str]:
    sign = "" if event.sign.by is By.NAME else f"{event.sign.by} {code(event.sign.pattern)}"
    condition = "" if event.condition is None else code("=".join(event.condition))
    return code(event.name), ", ".join(part for part in (sign, condition) if part)


def _vocabularies() -> Iterable[tuple[str, str, str]]:
    keys = dict.fromkeys((row["vocabulary"], row["column"]) for row in csv_rows("event_attributes"))
    for vocabulary, column in keys:
        attributes = [
            code(row["attribute"])
            for row in csv_rows("event_attributes")
            if (row["vocabulary"], row["column"]) == (vocabulary, column)
        ]
        yield (vocabulary and code(vocabulary), code(column), "<br>".join(attributes))


def _event(row: dict[str, str]) -> Event:
    attribute, _, value = row["condition"].partition("=")
    return Event(
        dialect=row["dialect"],
        name=row["event"],
        sign=Sign(By(row["by"]), row["sign"]),
        condition=(attribute, value) if attribute else None,
        kind=Kind(row["kind"]),
        vocabulary=row["vocabulary"],
        input=Holds(row["input"]),
        output=Holds(row["output"]),
        time=Moment(row["time"]),
        provider=row["provider"] or None,
    )


_EVENTS = """
## Log records

A log record is a report when its name (the attribute `event.name`, the record's own event name, or its
whole body) and the rest of a row fit; the first row that fits decides. All other log records are ignored.
A **call** without counts is kept uncounted (`no_usage`), **usage** without counts is no report, a
**failure** is a row with zero tokens and an `error_type`, a **copy** is never counted (`never_counted`).
An input is inclusive or exclusive of the cache, an output of the reasoning; `total`: inclusive only if both
add up to the total, `span` that the rules about spans decide.
"""
_VOCABULARIES = """
Besides the attributes of spans (above), log records and metric points are read by these. Without a vocabulary
they hold for all.
"""
