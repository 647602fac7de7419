"""LiteLLM's own OpenTelemetry callback, with and without an instrumentation of the SDK below it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.agent_runs import AgentRun, run_agent
from harness.providers import openai_chat, openai_embeddings

pytestmark = [pytest.mark.integrations, pytest.mark.timeout(600)]

# Without it LiteLLM looks for newer prices on the network, and tries again for seconds.
OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}


def run_litellm(db: Path, *arguments: str) -> AgentRun:
    return run_agent("litellm", "litellm_agent", db, *arguments, environ=OFFLINE)


def test_litellm_is_counted_exactly_in_what_it_reports(tmp_path: Path) -> None:
    """Its callback reports inclusive input, but neither cached nor reasoning tokens."""
    run = run_litellm(tmp_path / "usage.duckdb", "openai,anthropic,stream,embed", "litellm")

    lost = {"cache_read_tokens", "cache_creation_tokens", "reasoning_tokens"}

    assert run.billed(lost=lost) == run.counted


def test_the_sdk_below_litellm_is_counted_exactly(tmp_path: Path) -> None:
    """OpenInference sees the calls that go through OpenAI's SDK, and not those to Anthropic."""
    run = run_litellm(tmp_path / "usage.duckdb", "openai,anthropic,stream,embed", "openinference")

    assert run.billed(apis={openai_chat.PATH, openai_embeddings.PATH}) == run.counted


def test_litellm_and_the_sdk_below_it_count_once(tmp_path: Path) -> None:
    """They have traces of their own: the answer's id says that they are one call."""
    run = run_litellm(tmp_path / "usage.duckdb", "openai,stream", "litellm", "openinference")

    assert run.billed() == run.counted


def test_litellm_and_the_sdk_below_it_count_an_embedding_once(tmp_path: Path) -> None:
    """Two spans in two traces, one inside the other in time, with equal counts and without an id."""
    run = run_litellm(tmp_path / "usage.duckdb", "embed", "litellm", "openinference")

    assert run.billed() == run.counted
