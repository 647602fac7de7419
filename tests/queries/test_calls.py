"""Pages of single calls."""

from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from harness.ledger_rows import insert_row, pick
from tokenlake_queries import get_token_calls

TRACE = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def sessions(table: DuckDBPyConnection) -> DuckDBPyConnection:
    """Session s1 calls at 10:00 and 12:00, s2 at 11:00, and nobody at 13:00."""
    common: dict[str, Any] = {"model": "m", "output_tokens": 1}
    insert_row(table, "2026-03-01 10:00:00", session_id="s1", input_tokens=10, trace_id=TRACE, **common)
    insert_row(table, "2026-03-01 11:00:00", session_id="s2", input_tokens=20, **common)
    insert_row(table, "2026-03-01 12:00:00", session_id="s1", input_tokens=30, estimated_cost=0.5, **common)
    insert_row(table, "2026-03-01 13:00:00", input_tokens=40, span_id=255, **common)
    return table


def test_the_latest_call_is_first(sessions: DuckDBPyConnection) -> None:
    """All calls, newest to oldest."""
    assert [(40,), (30,), (20,), (10,)] == pick(get_token_calls(source=sessions), "input_tokens")


def test_one_session(sessions: DuckDBPyConnection) -> None:
    """First and last call of a session are in, what lies between and is another's is not."""
    rows = get_token_calls(filters={"session_id": "s1"}, source=sessions)

    assert [("s1", 30, 31, 0.5), ("s1", 10, 11, None)] == pick(
        rows, "session_id", "input_tokens", "total_tokens", "estimated_cost"
    )


def test_calls_without_a_session(sessions: DuckDBPyConnection) -> None:
    """None stands for the absent value."""
    assert [(40,)] == pick(get_token_calls(filters={"session_id": None}, source=sessions), "input_tokens")


def test_a_session_that_is_not_there(sessions: DuckDBPyConnection) -> None:
    """No calls, and no error."""
    assert [] == get_token_calls(filters={"session_id": "s3"}, source=sessions)


def test_ids_are_written_as_opentelemetry_does(sessions: DuckDBPyConnection) -> None:
    """Trace ids as 32, span ids as 16 hex digits; None where a row has none."""
    rows = get_token_calls(source=sessions)

    assert [(None, f"{255:016x}"), (None, None), (None, None), (TRACE, None)] == pick(
        rows, "trace_id", "span_id"
    )


def test_pages_and_orders(sessions: DuckDBPyConnection) -> None:
    """The second page of one call each, by input from the smallest."""
    rows = get_token_calls(1, 1, sort="input_tokens:asc", source=sessions)

    assert [(20,)] == pick(rows, "input_tokens")


def test_a_range_includes_its_start_and_excludes_its_end(sessions: DuckDBPyConnection) -> None:
    """From 11:00 to 12:00 it is the call at 11:00; times are aware, in the zone."""
    (row,) = get_token_calls(
        start_time="2026-03-01T12:00", end_time="2026-03-01T13:00", timezone="Europe/Berlin", source=sessions
    )

    assert ("s2", "2026-03-01T12:00:00+01:00") == (row["session_id"], row["timestamp"].isoformat())


@pytest.mark.parametrize(
    "wrong", [{"sort": "model"}, {"sort": "timestamp:up"}, {"limit": -1}, {"offset": -1}]
)
def test_a_wrong_argument_is_named(wrong: dict[str, Any], sessions: DuckDBPyConnection) -> None:
    """The message has the argument's name."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        get_token_calls(**wrong, source=sessions)
