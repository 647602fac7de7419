"""Failures that users reported, kind A reversed: agents that were skipped, though nobody else reports."""

from __future__ import annotations

from typing import Any

from harness.reported_failures import openinference, span, usage


def test_agno_only_the_agent_reports() -> None:
    """OpenLLMetry Agno: no chat span exists, so skipping agents lost everything; 100/10, not 0."""
    agent: dict[str, Any] = {"traceloop.span.kind": "agent", "gen_ai.usage.prompt_tokens": 100}

    found = usage(
        span(
            1,
            0,
            agent | {"gen_ai.usage.completion_tokens": 10},
            scope="opentelemetry.instrumentation.agno",
        )
    )

    assert {"calls": 1, "input": 100, "output": 10} == found


def test_claude_agent_sdk_reports_on_agent_spans_only() -> None:
    """OpenInference Claude Agent SDK 0.1.13: no LLM span exists; 100/10, not 0."""
    found = usage(
        span(
            1,
            0,
            openinference("AGENT", (100, 10), read=60, written=30),
            scope="openinference.instrumentation.claude_agent_sdk",
            version="0.1.13",
        )
    )

    assert {"calls": 1, "input": 100, "output": 10, "read": 60, "written": 30} == found


def test_claude_agent_sdk_subagents_are_disjoint() -> None:
    """From 0.1.22 each AGENT span holds only its own messages: 100 + 40, not the innermost 40 alone."""
    scope: dict[str, Any] = {"scope": "openinference.instrumentation.claude_agent_sdk", "version": "0.1.22"}

    found = usage(
        span(1, 0, openinference("AGENT", (100, 10)), **scope),
        span(2, 1, openinference("TOOL"), start=1, end=9, **scope),
        span(3, 2, openinference("AGENT", (40, 4)), start=2, end=8, **scope),
    )

    assert {"calls": 2, "input": 140, "output": 14} == found
