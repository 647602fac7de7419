"""Anthropic's SDK, which makes spans by itself, and OpenLLMetry's instrumentation around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.agent_runs import run_agent

pytestmark = [pytest.mark.integrations, pytest.mark.timeout(600)]


def test_the_sdks_own_spans_are_counted_exactly(tmp_path: Path) -> None:
    """Nothing is instrumented: the SDK finds the tracer provider that tokenlake set."""
    run = run_agent("anthropic", "anthropic_agent", tmp_path / "usage.duckdb")

    assert run.billed() == run.counted


def test_openllmetry_around_the_sdk_counts_once(tmp_path: Path) -> None:
    """Both report every call, as siblings below a span of the agent, or from traces of their own."""
    run = run_agent("anthropic", "anthropic_agent", tmp_path / "usage.duckdb", "openllmetry")

    assert run.billed() == run.counted
