"""The questions that the dashboard brought to the HTTP interface, asked of the recordings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from harness.captures import cases
from harness.collector_process import CollectorProcess

Ask = Callable[..., Any]


def test_all_calls_make_the_total(ask: Ask) -> None:
    """Page by page, the calls hold the input tokens of the truth files; none comes twice."""
    pages = [ask("metrics/token/calls", limit=50, offset=offset) for offset in (0, 50, 100)]
    rows = [row for page in pages for row in page]

    assert sum(case.totals["input_tokens"] for case in cases()) == sum(row["input_tokens"] for row in rows)
    assert len(rows) == len({row["id"] for row in rows})


def test_a_call_leads_to_its_explanation(ask: Ask) -> None:
    """The trace id of a call is one that `/explain` takes."""
    call = ask("metrics/token/calls", session_id="sess-101", limit=1)[0]

    assert [] != ask(f"explain/{call['trace_id']}")


def test_latency_counts_calls_with_a_duration(ask: Ask) -> None:
    """By model it is as many as in all."""
    (every,) = ask("metrics/token/latency")
    models = ask("metrics/token/latency", group_by="model")

    assert every["timed_calls"] == sum(row["timed_calls"] for row in models)
    assert 0 < every["p50_duration_ms"] <= every["p95_duration_ms"]


def test_savings_are_of_the_selected_rows(ask: Ask) -> None:
    """Gemini 2.5 Flash: 6,325 tokens at 0.03 instead of 0.30 USD a million."""
    saved = ask("metrics/token/savings", model="gemini-2.5-flash")

    assert {"priced_cache_read_tokens": 6325, "saved_cost": pytest.approx(6325 * 0.27e-6)} == saved


@pytest.mark.parametrize(
    "wrong",
    ["calls?sort=model", "calls?limit=-1", "summary?sort=model", "summary?limit=-1", "latency?group_by=x"],
)
def test_a_wrong_parameter_is_refused(wrong: str, recorded: CollectorProcess) -> None:
    """422 with the parameter's name."""
    reply = httpx.get(f"{recorded.http}/metrics/token/{wrong}")

    assert 422 == reply.status_code
    assert wrong.partition("?")[2].partition("=")[0] in reply.json()["detail"]
