"""OpenAI's SDK under the real instrumentations of OpenTelemetry and OpenInference, alone and both at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.agent_runs import run_agent
from harness.providers import openai_chat, openai_embeddings

pytestmark = [pytest.mark.integrations, pytest.mark.timeout(600)]


def test_openai_v2_is_counted_exactly_in_what_it_reports(tmp_path: Path) -> None:
    """It sees chat and embeddings, not responses, and reports neither cached nor reasoning tokens."""
    run = run_agent("openai", "openai_agent", tmp_path / "usage.duckdb", "openai-v2")
    seen = {openai_chat.PATH, openai_embeddings.PATH}

    assert run.billed(apis=seen, lost={"cache_read_tokens", "reasoning_tokens"}) == run.counted


def test_openinference_is_counted_exactly(tmp_path: Path) -> None:
    """Session, user and channel stand at every call, and all totals are the provider's."""
    run = run_agent("openai", "openai_agent", tmp_path / "usage.duckdb", "openinference")

    assert run.billed() == run.counted


@pytest.mark.parametrize(
    "instrumentations", [("openai-v2", "openinference"), ("openinference", "openai-v2")], ids="-inside-".join
)
def test_two_instrumentations_of_one_call_count_once(
    instrumentations: tuple[str, str], tmp_path: Path
) -> None:
    """Whichever is the outer one: one call, with the cached and reasoning tokens that only one reports."""
    run = run_agent("openai", "openai_agent", tmp_path / "usage.duckdb", *instrumentations)

    assert run.billed() == run.counted
