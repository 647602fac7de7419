"""The tables about log records and metric points are sound."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files

import pytest

from tokenlake_collector.dialects.columns import TOKEN_COLUMNS
from tokenlake_collector.dialects.csv_table import csv_rows
from tokenlake_collector.dialects.events import Holds, Kind, document_events, events, sources
from tokenlake_collector.dialects.points import (
    counted_columns,
    document_points,
    metrics,
    metrics_named,
    point_types,
)
from tokenlake_collector.dialects.signs import By, Origin, Sign
from tokenlake_collector.dialects.tables import ANY, recognitions
from tokenlake_collector.flatten.rows import ROW_SCHEMA

TABLES = ("events", "event_attributes", "points", "point_types")
EVIDENCE = {"tool_tokens", "total_tokens", "failure_type"}


def _lines(table: str) -> list[str]:
    return files("tokenlake_collector.dialects").joinpath(f"{table}.csv").read_text("utf-8").splitlines()


@pytest.mark.parametrize("table", TABLES)
def test_comments_stand_at_the_top_and_every_row_is_full(table: str) -> None:
    """A comment explains the table; below it each line has as many cells as the heading, without spaces."""
    lines = _lines(table)
    rows = [line for line in lines if not line.startswith("#")]

    assert lines[0].startswith("# ")
    assert rows == lines[len(lines) - len(rows) :]
    assert [] == [row for row in rows if row.count(",") != rows[0].count(",") or row != row.strip()]


@pytest.mark.parametrize("table", TABLES)
def test_no_row_stands_twice(table: str) -> None:
    """A second copy would have no effect and mislead its reader."""
    assert [] == [row for row, times in Counter(_lines(table)).items() if times > 1]


def test_no_event_hides_a_later_one() -> None:
    """First match wins: a row that asks for nothing is the last of its name and condition."""
    asking_nothing: set[tuple[str, object]] = set()
    hidden = []
    for event in events():
        if (event.name, event.condition) in asking_nothing:
            hidden.append(event)
        if event.sign.by is By.NAME:
            asking_nothing.add((event.name, event.condition))

    assert [] == hidden


def test_every_column_is_one_of_a_row() -> None:
    """A misspelt column would be read and thrown away."""
    columns = {row["column"] for row in csv_rows("event_attributes")}
    counted = {column for row in point_types() for column in row.columns}

    assert set() == columns - set(ROW_SCHEMA.names) - EVIDENCE
    assert set() == counted - set(TOKEN_COLUMNS)


def test_every_vocabulary_has_input_and_output() -> None:
    """A vocabulary without them could report nothing."""
    vocabularies = {event.vocabulary for event in events()}

    assert [] == [
        (vocabulary, column)
        for vocabulary in vocabularies
        for column in ("input_tokens", "output_tokens")
        if not sources(column, vocabulary, ANY)
    ]


def test_every_metric_has_types() -> None:
    """A name of types without a row would count nothing."""
    assert {row.types for row in point_types()} == {metric.types for metric in metrics()}


def test_what_lies_beside_is_added() -> None:
    """C6: a row satisfies 0 <= cache <= input and 0 <= reasoning <= output by its type alone."""
    for row in point_types():
        columns = set(row.columns)

        assert not columns & {"cache_read_tokens", "cache_creation_tokens"} or "input_tokens" in columns
        assert "reasoning_tokens" not in columns or "output_tokens" in columns


@pytest.mark.parametrize(
    ("vocabulary", "column", "best"),
    [
        ("gen_ai", "input_tokens", "gen_ai.usage.input_tokens"),
        ("agent", "input_tokens", "input_tokens"),
        ("gemini", "session_id", "tokenlake.session.id"),
        ("agent", "failure_type", "error.type"),
    ],
)
def test_sources_of_a_column(vocabulary: str, column: str, best: str) -> None:
    """Counts come from the vocabulary, all else as on a span."""
    assert best == sources(column, vocabulary, ANY)[0]


def test_a_bare_count_means_nothing_in_another_vocabulary() -> None:
    """C1: one vocabulary is read per record."""
    assert "input_tokens" not in sources("input_tokens", "gen_ai", ANY)
    assert "gen_ai.usage.input_tokens" not in sources("input_tokens", "agent", ANY)


def test_names_of_one_dialect_are_not_read_in_another() -> None:
    """Claude Code's span has its request id in gen_ai.response.id; elsewhere that id proves nothing."""
    assert "gen_ai.response.id" in sources("request_id", "agent", "claude-code")
    assert "gen_ai.response.id" not in sources("request_id", "gen_ai", "semconv")


@pytest.mark.parametrize(
    ("sign", "fits"),
    [
        (Sign(By.NAME, ""), True),
        (Sign(By.SCOPE, "com.*"), True),
        (Sign(By.SCOPE, "com"), False),
        (Sign(By.SERVICE, "shop"), True),
        (Sign(By.SERVICE, "sho"), False),
        (Sign(By.RESOURCE, "env=test"), True),
        (Sign(By.RESOURCE, "env=tes"), False),
        (Sign(By.ATTRIBUTE, "ulid"), True),
        (Sign(By.ATTRIBUTE, "env"), False),
    ],
)
def test_signs(sign: Sign, fits: bool) -> None:
    """C1: a pattern fits a whole name."""
    origin = Origin("com.acme", {"service.name": "shop", "env": "test"}, {"ulid"})

    assert fits == sign.fits(origin)


def test_events_and_metrics_name_dialects_that_spans_speak() -> None:
    """C5: one dialect has one name on all three signals."""
    named = {event.dialect for event in events()} | {metric.dialect for metric in metrics()}

    assert set() == named - {known.dialect for known in recognitions()} - {ANY}


def test_a_metric_is_looked_up_by_pattern_in_order() -> None:
    """6f: opencode's prefix is configurable, even to that of Claude Code; its rows come first."""
    found = [(metric.dialect, metric.sign.by) for metric in metrics_named("claude_code.token.usage")]

    assert [("opencode", By.SCOPE), ("opencode", By.SERVICE), ("claude-code", By.NAME)] == found
    assert () == metrics_named("http.server.duration")
    assert () == counted_columns("standard", "total")


def test_documents_name_every_row() -> None:
    """What is read is on the page: each event and each metric with its kind."""
    logs, points = document_events(), document_points()

    assert [] == [event for event in events() if f"| `{event.dialect}` | `{event.name}` |" not in logs]
    assert [] == [metric for metric in metrics() if f"| `{metric.dialect}` | `{metric.name}` |" not in points]
    assert [] == [row for row in csv_rows("event_attributes") if f"`{row['attribute']}`" not in logs]
    assert all(f"**{kind}**" in logs for kind in Kind)


def test_the_words_of_the_table_are_all_in_use() -> None:
    """A word that no row uses would be code without a case."""
    assert set(Kind) == {event.kind for event in events()}
    assert set(Holds) == {holds for event in events() for holds in (event.input, event.output)}
