"""A ledger that keeps sums by hour answers as one that does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tokenlake_queries as queries
from harness.ledger_rows import insert_rows
from tokenlake_collector.storage.hours.sealing import seal
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_queries.hours import Hours, summed_hours
from tokenlake_queries.parameters import select

DAY = datetime(2026, 3, 28)
"""The day before summer time begins in Europe."""

MINUTES = 60 * 60
NAMES = st.sampled_from([None, "a", "b"])

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "timestamp": st.integers(0, MINUTES).map(lambda minute: DAY + timedelta(minutes=minute)),
            "session_id": NAMES,
            "user_id": NAMES,
            "channel": NAMES,
            "model": NAMES,
            "endpoint_name": NAMES,
            "error_type": st.sampled_from([None, None, "timeout"]),
            "signal": st.sampled_from(["span", "metric"]),
            "input_tokens": st.integers(0, 1000),
            "output_tokens": st.integers(0, 1000),
            "cache_read_tokens": st.integers(0, 9),
            "estimated_cost": st.sampled_from([None, 0.25, 1.5]),
        }
    ),
    max_size=30,
)

MOMENTS = st.none() | st.integers(0, MINUTES).map(lambda minute: DAY + timedelta(minutes=minute))

QUESTIONS: dict[str, Callable[..., Any]] = {
    "total": queries.get_token_total,
    "by model": partial(queries.get_token_summary, "model"),
    "by user and channel": partial(queries.get_token_summary, "user_id,channel"),
    "by error": partial(queries.get_token_summary, "error_type"),
    "hours": partial(queries.get_token_timeline, "hour"),
    "days by model": partial(queries.get_token_timeline, "day", group_by="model"),
    "sessions": queries.get_token_sessions,
    "cheapest sessions": partial(queries.get_token_sessions, sort="estimated_cost:asc", limit=2, offset=1),
    "number of sessions": queries.get_token_session_count,
    "page of calls": partial(queries.get_token_calls, 5, sort="input_tokens"),
}


@contextmanager
def ledger_of(rows: Sequence[dict[str, Any]]) -> Iterator[Ledger]:
    """Open a ledger in memory that holds some rows and no sums."""
    ledger = Ledger.open(":memory:")
    ledger.transaction(lambda connection: insert_rows(connection, list(rows)))
    yield ledger
    ledger.close()


def answer(ledger: Ledger, question: str, **arguments: Any) -> Any:
    """Ask a ledger."""
    with ledger.cursor() as cursor:
        return QUESTIONS[question](source=cursor, **arguments)


@given(
    rows=ROWS,
    question=st.sampled_from(sorted(QUESTIONS)),
    bounds=st.tuples(MOMENTS, MOMENTS),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu"]),
    filters=st.sampled_from(
        [
            {},
            {"model": "a"},
            {"user_id": [None, "b"], "channel": "a"},
            {"error_type": None},
            {"session_id": "a"},
            {"session_id": ["b", "nobody"], "channel": "a"},
            {"session_id": ["a", None]},
            {"session_id": "b", "error_type": None},
        ]
    ),
    summed=st.integers(0, MINUTES + 60),
)
@settings(max_examples=120, deadline=None)
def test_sums_change_no_answer(
    rows: list[dict[str, Any]],
    question: str,
    bounds: tuple[datetime | None, datetime | None],
    zone: str,
    filters: dict[str, Any],
    summed: int,
) -> None:
    """Whatever is asked, of whichever range and zone, the answer is that of the rows."""
    start, end = sorted(bounds) if None not in bounds else bounds  # type: ignore[type-var]  # mypy does not see that no None is left
    asked = {"start_time": start, "end_time": end, "timezone": zone, "filters": filters}
    with ledger_of(rows) as ledger:
        expected = answer(ledger, question, **asked)
        seal(ledger, DAY + timedelta(minutes=summed))

        assert expected == answer(ledger, question, **asked)


def test_a_question_about_summed_hours_reads_no_row() -> None:
    """What the sums hold is not looked up in the table again: here it has lost its rows meanwhile."""
    with ledger_of([{"timestamp": DAY, "input_tokens": 5, "model": "a"}]) as ledger:
        seal(ledger, DAY + timedelta(hours=1))
        ledger.transaction(lambda connection: connection.execute("DELETE FROM token_usage").fetchall())

        assert 5 == answer(ledger, "total")["input_tokens"]


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (None, None, (None, 10)),
        ("2026-03-28 03:00", None, (3, 10)),
        ("2026-03-28 03:00:00.000001", None, (4, 10)),
        ("2026-03-28 03:00", "2026-03-28 04:59", (3, 4)),
        ("2026-03-28 03:00", "2026-03-28 12:30", (3, 10)),
        ("2026-03-28 03:10", "2026-03-28 03:50", None),
        ("2026-03-28 11:00", None, None),
    ],
)
def test_full_hours_of_a_range(start: str | None, end: str | None, hours: tuple[Any, int] | None) -> None:
    """Of a range, sums until 10:00 answer the hours that are whole."""
    expected = hours and Hours(
        None if hours[0] is None else DAY + timedelta(hours=hours[0]), DAY + timedelta(hours=hours[1])
    )

    assert expected == summed_hours(DAY + timedelta(hours=10), select(start, end, "UTC", None))


def test_an_empty_page_of_summed_sessions_is_empty() -> None:
    """A page of no sessions is no question about which sessions these are."""
    with ledger_of([{"timestamp": DAY, "session_id": "a"}]) as ledger:
        seal(ledger, DAY + timedelta(hours=1))

        assert [] == answer(ledger, "sessions", limit=0)


def test_a_range_may_begin_with_the_calendar() -> None:
    """The first moment that Python knows is a full hour, and there is none before it."""
    assert Hours(datetime(1, 1, 1), DAY) == summed_hours(DAY, select("0001-01-01", None, "UTC", None))


def test_a_table_alone_has_no_sums() -> None:
    """A table that somebody made by himself is read row by row."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE token_usage AS SELECT 7 AS input_tokens, 0 AS output_tokens")
        connection.execute("ALTER TABLE token_usage ADD COLUMN timestamp TIMESTAMP DEFAULT '2026-03-28'")
        for name in ("cache_read_tokens", "cache_creation_tokens", "reasoning_tokens"):
            connection.execute(f"ALTER TABLE token_usage ADD COLUMN {name} BIGINT DEFAULT 0")
        for name in ("estimated_cost", "reported_cost", "computed_cost"):
            connection.execute(f"ALTER TABLE token_usage ADD COLUMN {name} DOUBLE")
        for name in ("signal", "error_type"):
            connection.execute(f"ALTER TABLE token_usage ADD COLUMN {name} VARCHAR")

        assert 7 == queries.get_token_total(source=connection)["total_tokens"]
