"""Log records to rows: identity, times, cost, odd values, and what is no report."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from harness.agent_logs import CODEX, SEMCONV, claude_code, opencode, tokens
from harness.otlp import NOON_NS
from harness.otlp_logs import LogSpec, log_bytes, log_row, log_rows, told

NOON = datetime(2026, 5, 28, 20, 26, 40)


def test_6a_claude_code_says_who_and_what() -> None:
    """C10: session, user (the id before account and e-mail), model, detail, the provider that is meant."""
    row = claude_code(
        resource={"service.name": "claude-code", "session.id": "window", "service.instance.id": "i"}
    )

    assert {
        "session_id": "s-1",
        "user_id": "hash-1",
        "model": "claude-sonnet-4-5-20250929",
        "provider": "anthropic",
        "endpoint_name": "anthropic",
        "operation_type": "chat",
        "operation_detail": "repl_main_thread",
        "request_id": "req_011CSq",
        "response_id": "req_011CSq",
        "service_name": "claude-code",
        "service_instance": "i",
        "resource_session_id": "window",
        "scope": "com.anthropic.claude_code.events",
    } == told(
        row,
        [
            *("session_id", "user_id", "model", "provider", "endpoint_name", "operation_type"),
            *("operation_detail", "request_id", "response_id", "service_name", "service_instance"),
            *("resource_session_id", "scope"),
        ],
    )


def test_c9_micros_are_the_more_exact_cost() -> None:
    """C9: cost_usd_micros 12345 is 0.012345 USD, whatever cost_usd was rounded to."""
    row = claude_code()
    rounded = claude_code({"cost_usd_micros": None})

    assert (0.012345, 0.012345) == (row["reported_cost"], row["estimated_cost"])
    assert 0.0123 == rounded["reported_cost"]


def test_a_call_starts_before_the_record_that_is_written_at_its_end() -> None:
    """A record at noon about a call of 2500 ms: the call started 2.5 s before noon."""
    row = claude_code()

    assert (NOON - timedelta(seconds=2.5), 2500.0) == (row["timestamp"], row["duration_ms"])


def test_opencode_dates_its_record_by_the_start() -> None:
    """6f: the plugin sets the record's time to when the message was created, so nothing is taken off."""
    row = opencode()

    assert (NOON, 1500.0) == (row["timestamp"], row["duration_ms"])


@pytest.mark.parametrize(
    ("attributes", "rule"),
    [
        ({}, "input_below_cache"),  # 120 < 5000 + 800
        ({"input_tokens": 9000}, "table"),
        ({"cache_read_tokens": 0, "cache_creation_tokens": 0}, "no_cache"),
    ],
)
def test_c2_the_step_that_decided_is_kept(attributes: dict[str, Any], rule: str) -> None:
    """C2: less input than cache proves that it lies outside; else the table knows, if there is any cache."""
    assert rule == claude_code(attributes)["input_rule"]


@pytest.mark.parametrize("duration", ["soon", -1, None, True, 1e300])
def test_a_duration_that_is_none_moves_no_start(duration: Any) -> None:
    """Without a readable duration the record's own time is the best there is."""
    row = claude_code({"duration_ms": duration})

    assert (NOON, None) == (row["timestamp"], row["duration_ms"])


def test_a_record_without_a_time_has_the_time_it_was_observed() -> None:
    """OTLP: time_unix_nano 0 means unknown, observed_time_unix_nano is then the nearest."""
    row = log_row(CODEX, time_ns=0, observed_ns=NOON_NS)

    assert NOON == row["timestamp"]


@pytest.mark.parametrize("value", ["many", "", True, -5, 1.5, float("nan"), [1], None])
def test_c0_a_count_that_is_none_is_absent(value: Any) -> None:
    """C0: booleans, negatives, fractions, NaN and text are no counts; the others of the record are kept."""
    row = claude_code({"output_tokens": value})

    assert (5920, 0, 5000, 800, 0) == tokens(row)


@pytest.mark.parametrize("value", [300, 300.0, "300", " 300 ", "300.0"])
def test_c0_a_count_may_be_written_in_many_ways(value: Any) -> None:
    """C0: integer, integral double or decimal string."""
    assert 300 == claude_code({"output_tokens": value})["output_tokens"]


@pytest.mark.parametrize("value", ["free", float("inf"), float("nan"), True, None])
def test_a_cost_that_is_none_is_null(value: Any) -> None:
    """C9: never 0 where nothing is known."""
    row = claude_code({"cost_usd_micros": value, "cost_usd": value})

    assert (None, None) == (row["reported_cost"], row["estimated_cost"])


def test_unknown_records_give_no_rows() -> None:
    """Almost all log records of the world are not about model calls."""
    others = [
        LogSpec({"event.name": "user_prompt", "prompt_length": 5}, body="claude_code.user_prompt"),
        LogSpec({"level": "info"}, body="GET /index.html 200"),
        LogSpec({"event.name": 7}, body={"a": 1}["a"]),
        LogSpec(SEMCONV, event_name="gen_ai.choice"),
        LogSpec(SEMCONV),
        LogSpec(),
    ]

    assert [] == log_rows(log_bytes(*others), log_bytes(), b"")


def test_only_allow_listed_attributes_are_kept() -> None:
    """A log record may carry prompts; of what is no column only tenant, team, tags and the like are kept."""
    row = claude_code(
        {"prompt": "secret", "team": "search"}, resource={"deployment.environment.name": "test"}
    )

    assert '{"deployment.environment.name": "test", "team": "search"}' == row["attributes"]
    assert "secret" not in str(row)
