"""Recorded log records and metric points, each signal by itself, against what is true of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from harness.captures import Case, case
from tokenlake_collector.decode.records import decode
from tokenlake_collector.flatten.logs import flatten_logs
from tokenlake_collector.flatten.points import flatten_points
from tokenlake_collector.signals import Signal

COUNTS = {
    "input_tokens": "input_tokens_total",
    "output_tokens": "output_tokens",
    "cache_read_tokens": "cache_read_tokens",
    "cache_creation_tokens": "cache_creation_tokens",
    "reasoning_tokens": "reasoning_tokens",
}


def payloads(recorded: Case, signal: Signal) -> list[bytes]:
    return [request.payload for request in recorded.requests if request.signal is signal]


def log_rows(recorded: Case) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = flatten_logs(
        decode(Signal.LOGS, payloads(recorded, Signal.LOGS))
    ).to_pylist()
    return [row for row in rows if row["reason"] is None]


def calls(rows: Iterable[dict[str, Any]], names: Iterable[str]) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(row[name] for name in names) for row in rows)


@pytest.mark.parametrize("name", ["claude-code-logs", "gemini-cli"])
def test_each_call_of_a_capture_is_one_log_record(name: str) -> None:
    """C5: the log decides; its rows are the calls of the truth, failed ones included, one by one."""
    recorded = case(name)
    truth = [
        (
            *(call[field] for field in COUNTS.values()),
            *(call["model"], call["session_id"], call["user_id"], call["error"]),
        )
        for call in recorded.truth["calls"]
    ]
    rows = [row | {"error": row["error_type"] is not None} for row in log_rows(recorded)]

    assert Counter(truth) == calls(rows, (*COUNTS, "model", "session_id", "user_id", "error"))


def test_request_ids_of_claude_code() -> None:
    """The request id stands where the spans of Claude Code have it, too."""
    recorded = case("claude-code-logs")
    truth = sorted(call["response_id"] for call in recorded.truth["calls"])

    assert truth == sorted(row["request_id"] for row in log_rows(recorded))
    assert truth == sorted(row["response_id"] for row in log_rows(recorded))


@pytest.mark.parametrize("name", ["genai-anthropic", "google-genai"])
def test_details_events_say_what_the_spans_say(name: str) -> None:
    """1: the event repeats the span's attributes, usage included, so its rows alone give the totals."""
    recorded = case(name)
    rows = log_rows(recorded)

    assert {column: recorded.totals[column] for column in COUNTS} == {
        column: sum(row[column] for row in rows) for column in COUNTS
    }
    assert [] == [row for row in rows if row["trace_id"] is None or row["span_id"] is None]


@pytest.mark.parametrize("name", ["openai-v2", "litellm"])
def test_log_records_about_messages_are_no_reports(name: str) -> None:
    """1: message events carry no usage."""
    assert [] == log_rows(case(name))


def test_metrics_of_claude_code_are_deltas() -> None:
    """C6: points of delta series add up to the run's totals."""
    recorded = case("claude-code-logs")
    rows = flatten_points(decode(Signal.METRICS, payloads(recorded, Signal.METRICS))).to_pylist()

    assert {"delta"} == {row["input_rule"] for row in rows}
    assert {column: recorded.totals[column] for column in COUNTS} == {
        column: sum(row[column] for row in rows) for column in COUNTS
    }


def test_metrics_of_gemini_cli_are_cumulative() -> None:
    """C6: the greatest value of each series adds up to the run's totals; cached tokens are not counted."""
    recorded = case("gemini-cli")
    rows = flatten_points(decode(Signal.METRICS, payloads(recorded, Signal.METRICS))).to_pylist()
    counted = [row for row in rows if row["reason"] is None]
    series = {row["series"]: row for row in sorted(counted, key=lambda row: int(row["duration_ms"]))}
    expected = {column: recorded.totals[column] for column in COUNTS} | {"cache_read_tokens": 0}

    assert {"cumulative"} == {row["input_rule"] for row in rows}
    assert expected == {column: sum(row[column] for row in series.values()) for column in COUNTS}


@pytest.mark.parametrize("name", ["genai-anthropic", "google-genai", "openllmetry-anthropic"])
def test_the_standard_metric_repeats_input_and_output(name: str) -> None:
    """1: the last export of each series holds the run's input and output, without any cache split."""
    recorded = case(name)
    rows = flatten_points(decode(Signal.METRICS, payloads(recorded, Signal.METRICS))).to_pylist()
    series = {row["series"]: row for row in sorted(rows, key=lambda row: float(row["duration_ms"]))}

    assert (recorded.totals["input_tokens"], recorded.totals["output_tokens"]) == (
        sum(row["input_tokens"] for row in series.values()),
        sum(row["output_tokens"] for row in series.values()),
    )
