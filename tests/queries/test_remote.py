"""A collector's HTTP interface as the source."""

import json
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from harness.ledger_rows import insert_row
from harness.statistics_server import Reply, StatisticsServer, serving, statistics_over
from tokenlake_queries import (
    LedgerError,
    get_daily_stats,
    get_stats_by_channel,
    get_stats_by_user,
    get_token_calls,
    get_token_latency,
    get_token_session_count,
    get_token_sessions,
    get_token_summary,
    get_token_timeline,
    get_token_total,
)

HOSTILE = "a&b=c+d #'\N{SNOWMAN}"
RANGE: dict[str, Any] = {
    "start_time": "2026-10-31T12:00",
    "end_time": "2026-11-02",
    "timezone": "America/New_York",
}
QUESTIONS = [
    partial(get_token_summary),
    partial(get_token_summary, ["model", "user_id"], **RANGE),
    partial(get_token_summary, "model", filters={"model": [HOSTILE, None], "channel": "web"}),
    partial(get_token_summary, "model", sort="estimated_cost", limit=2),
    partial(get_token_calls),
    partial(get_token_calls, 2, 1, sort="total_tokens:asc", filters={"channel": "web"}, **RANGE),
    partial(get_token_latency),
    partial(get_token_latency, ["model", "channel"], **RANGE),
    partial(get_token_timeline),
    partial(get_token_timeline, "hour", group_by=("model", "channel"), **RANGE),
    partial(get_token_sessions),
    partial(get_token_sessions, 1, 1, sort="total_tokens:asc", **RANGE),
    partial(get_token_session_count),
    partial(get_token_session_count, filters={"session_id": "s1"}, **RANGE),
    partial(get_token_total),
    partial(get_token_total, **RANGE, filters={"user_id": None}),
    partial(get_daily_stats),
    partial(get_daily_stats, 3, timezone="Asia/Kathmandu", filters={"model": "m"}),
    partial(get_stats_by_user, **RANGE),
    partial(get_stats_by_channel, **RANGE),
]


@pytest.fixture
def filled(table: DuckDBPyConnection) -> DuckDBPyConnection:
    """Rows in both hours 01:00 of an autumn day in New York, of today and of two days ago."""
    insert_row(table, "2026-11-01 05:30:00", session_id="s1", model=HOSTILE, channel="web", input_tokens=1)
    insert_row(table, "2026-11-01 06:30:00.123456", session_id="s2", user_id="u", output_tokens=2)
    insert_row(table, "2026-11-01 07:30:00", channel="web", input_tokens=2**62, estimated_cost=0.1)
    for days in (0, 2):
        moment = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=days)
        insert_row(table, moment, model="m", estimated_cost=0.1 + 0.2)
    return table


@pytest.fixture
def collector(filled: DuckDBPyConnection) -> Iterator[StatisticsServer]:
    with serving(statistics_over(filled)) as server:
        yield server


def shown(answer: object) -> str:
    """Return the answer with types and offsets visible: Python calls the two hours 01:00 equal."""
    return repr(answer)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.func.__name__)
def test_answers_are_those_of_the_table(
    question: Callable[..., object], filled: DuckDBPyConnection, collector: StatisticsServer
) -> None:
    """Over HTTP every question has the same answer, in the same Python types, as from the table itself."""
    assert shown(question(source=filled)) == shown(question(source=f"{collector.url}/"))


def test_parameters_are_the_interfaces(collector: StatisticsServer) -> None:
    """Names and forms of the parameters: commas, ISO 8601 in UTC, a repeated filter, empty for NULL."""
    get_token_timeline(
        "hour", filters={"model": ["a", None]}, group_by="model,channel", source=collector.url, **RANGE
    )
    expected = (
        "/metrics/token/timeline",
        {
            "interval": ["hour"],
            "group_by": ["model,channel"],
            "start": ["2026-10-31T16:00:00Z"],
            "end": ["2026-11-02T05:00:00Z"],
            "timezone": ["America/New_York"],
            "model": ["a", ""],
        },
    )

    (asked,) = collector.asked

    assert expected == (asked.path, asked.query)


@pytest.mark.parametrize(("token", "expected"), [("s3cret", "Bearer s3cret"), ("", None)])
def test_token_is_sent_when_it_is_set(
    collector: StatisticsServer, monkeypatch: pytest.MonkeyPatch, token: str, expected: str | None
) -> None:
    """TOKENLAKE_TOKEN goes along as a bearer token; an empty one does not."""
    monkeypatch.setenv("TOKENLAKE_TOKEN", token)

    get_token_total(source=collector.url)

    assert expected == collector.asked[0].headers.get("Authorization")


def test_token_does_not_follow_a_redirect(
    collector: StatisticsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whom a collector points to gets the question and not the token."""
    monkeypatch.setenv("TOKENLAKE_TOKEN", "s3cret")
    elsewhere = Reply(302, headers={"Location": f"{collector.url}/metrics/token/total"})

    with serving(lambda _: elsewhere) as pointing:
        get_token_total(source=pointing.url)

    (asked,) = collector.asked
    assert "Bearer s3cret" == pointing.asked[0].headers.get("Authorization")
    assert "Authorization" not in asked.headers


def refused(status: int, body: Any) -> Exception:
    """Return what a question raises when the collector answers so."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with serving(lambda _: Reply(status, raw)) as server, pytest.raises(Exception) as caught:  # noqa: PT011 - the test looks at it
        get_token_total(source=server.url)
    return caught.value


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"detail": "days=0 is not allowed"}, "days=0 is not allowed"),
        ({"detail": [{"loc": ["query", "days"], "msg": "not a number"}]}, "days: not a number"),
    ],
)
def test_refused_parameter_is_a_value_error(body: object, message: str) -> None:
    """422 is the ValueError that the table itself would give, with the collector's explanation."""
    error = refused(422, body)

    assert (ValueError, message) == (type(error), str(error))


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (401, {"detail": "no token"}, "answers 401 no token: set TOKENLAKE_TOKEN"),
        (403, {}, "answers 403 Forbidden: check TOKENLAKE_TOKEN"),
        (404, b"<html>", "answers 404 Not Found: is it a tokenlake collector?"),
        (500, b"[]", "answers 500 Internal Server Error: see its log"),
        (200, b"<html>", "does not answer in JSON: is it a tokenlake collector?"),
    ],
)
def test_other_answers_are_ledger_errors(status: int, body: object, message: str) -> None:
    """The message names the collector, what it said, and what to do."""
    error = refused(status, body)

    assert isinstance(error, LedgerError)
    assert str(error).startswith("http://127.0.0.1:")
    assert str(error).endswith(message)


def test_nobody_there_is_a_ledger_error() -> None:
    """An address where nothing listens: the error names it and says what to start."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}"

        with pytest.raises(LedgerError, match=rf"{url} does not answer .*: start it \(tokenlake serve\)"):
            get_token_total(source=url)


def test_missing_count_is_a_ledger_error() -> None:
    """A server that sends no count is not one of ours."""
    with serving(lambda _: Reply(200, b"[]")) as server, pytest.raises(LedgerError, match="no X-Total-Count"):
        get_token_session_count(source=server.url)


def test_empty_text_cannot_be_asked_for(collector: StatisticsServer) -> None:
    """The empty value is NULL over HTTP, so the empty text is refused rather than mistaken for it."""
    with pytest.raises(ValueError, match=r"filters\['model'\]='' is not allowed: over HTTP .* use None"):
        get_token_total(filters={"model": ""}, source=collector.url)


def test_collector_has_its_own_clock(collector: StatisticsServer) -> None:
    """An injected time is refused, as it would not be used."""
    with pytest.raises(ValueError, match=r"now=.* is not allowed: a collector has its own clock"):
        get_daily_stats(now=datetime.now(UTC), source=collector.url)
