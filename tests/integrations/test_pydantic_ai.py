"""pydantic-ai, whose agents are containers, on OpenAI's and Anthropic's SDKs."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.agent_runs import run_agent

pytestmark = [pytest.mark.integrations, pytest.mark.timeout(600)]


def test_pydantic_ai_is_counted_exactly(tmp_path: Path) -> None:
    """Two agents at once on three APIs; agent spans repeat their calls, Anthropic's SDK reports its own."""
    run = run_agent("pydantic-ai", "pydantic_ai_agent", tmp_path / "usage.duckdb")

    assert run.billed() == run.counted
