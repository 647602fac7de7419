"""LangChain under OpenInference's instrumentation, with and without spans of the SDKs below it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.agent_runs import run_agent

pytestmark = [pytest.mark.integrations, pytest.mark.timeout(600)]

ALONE = [("openai", "openinference"), ("openai", "openinference-openai"), ("anthropic",)]

# Anthropic's SDK reports its calls by itself.
TOGETHER = [("openai", "openinference", "openinference-openai"), ("anthropic", "openinference")]


@pytest.mark.parametrize("emitters", ALONE, ids="-".join)
def test_one_instrumentation_is_counted_exactly(emitters: tuple[str, ...], tmp_path: Path) -> None:
    """LangChain's, whose chains repeat what they got, or that of an SDK: all totals are the provider's."""
    model, *instrumentations = emitters
    arguments = (model, "ask,stream,agent", *instrumentations)
    run = run_agent("langchain", "langchain_agent", tmp_path / "usage.duckdb", *arguments)

    assert run.billed() == run.counted


@pytest.mark.parametrize("emitters", TOGETHER, ids="-".join)
def test_two_instrumentations_count_once(emitters: tuple[str, ...], tmp_path: Path) -> None:
    """LangChain's span is no parent of the SDK's: the answer's id says that they are one call."""
    model, *instrumentations = emitters
    arguments = (model, "ask,agent", *instrumentations)
    run = run_agent("langchain", "langchain_agent", tmp_path / "usage.duckdb", *arguments)

    assert run.billed() == run.counted


@pytest.mark.parametrize("emitters", TOGETHER, ids="-".join)
def test_two_instrumentations_of_a_stream_count_once(emitters: tuple[str, ...], tmp_path: Path) -> None:
    """Two spans in two traces, one inside the other in time, with equal counts and without an id."""
    model, *instrumentations = emitters
    run = run_agent(
        "langchain", "langchain_agent", tmp_path / "usage.duckdb", model, "stream", *instrumentations
    )

    assert run.billed() == run.counted
