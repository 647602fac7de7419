"""Failures that users reported, kind D: running totals read as calls. One test each."""

from __future__ import annotations

from typing import Any

from harness.reported_failures import genai, span, usage

# Running totals


SPRING: dict[str, Any] = {"scope": "org.springframework.boot"}


def spring(shown: tuple[int, int]) -> dict[str, Any]:
    """Return a chat of Spring AI, whose counts are strings."""
    return genai("chat", provider__name="openai") | {
        "spring.ai.kind": "chat",
        "gen_ai.usage.input_tokens": str(shown[0]),
        "gen_ai.usage.output_tokens": str(shown[1]),
        "gen_ai.usage.total_tokens": str(sum(shown)),
    }


def test_spring_ai_running_totals() -> None:
    """spring-ai#1800, #6411: spans of a loop held 100/10, 250/25, 460/35; summed 810/70; right is 460/35."""
    found = usage(
        span(1, 0, {"spring.ai.kind": "chat_client"}, end=30, **SPRING),
        span(2, 1, spring((100, 10)), start=1, end=5, **SPRING),
        span(3, 1, spring((250, 25)), start=6, end=10, **SPRING),
        span(4, 1, spring((460, 35)), start=11, end=15, **SPRING),
    )

    assert {"calls": 3, "input": 460, "output": 35} == found


def test_spring_ai_since_2_0_per_call() -> None:
    """spring-ai#6411: without accumulation output falls now and then: 100/30, 250/25 are 350/55."""
    found = usage(
        span(1, 0, {"spring.ai.kind": "chat_client"}, end=30, **SPRING),
        span(2, 1, spring((100, 30)), start=1, end=5, **SPRING),
        span(3, 1, spring((250, 25)), start=6, end=10, **SPRING),
    )

    assert {"calls": 2, "input": 350, "output": 55} == found


def test_adot_crewai_cumulative_calls() -> None:
    """aws-otel-python-instrumentation PR 806: LLM spans held the instance's total, 100/10 then 250/25."""
    scope: dict[str, Any] = {"scope": "amazon.opentelemetry.distro.instrumentation.crewai"}

    found = usage(
        span(1, 0, genai("invoke_agent"), end=30, **scope),
        span(2, 1, genai("chat", (100, 10)), start=1, end=5, **scope),
        span(3, 1, genai("chat", (250, 25)), start=6, end=10, **scope),
    )

    assert {"calls": 2, "input": 250, "output": 25} == found
