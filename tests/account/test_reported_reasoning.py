"""Failures that users reported, kind B: reasoning, thoughts and compaction. One test each."""

from __future__ import annotations

from typing import Any

from harness.reported_failures import genai, openinference, span, usage


def test_reasoning_was_added_to_output() -> None:
    """langfuse#12635: reasoning is inside OpenAI's output; 50, not 90."""
    attributes: dict[str, Any] = genai("chat", (100, 50)) | {"gen_ai.usage.reasoning.output_tokens": 40}

    assert {"calls": 1, "input": 100, "output": 50, "reasoning": 40} == usage(span(1, 0, attributes))


def test_reasoning_above_output_was_outside_it() -> None:
    """vercel/ai#11487, inspect_ai#5528: xAI reports 50 + 400 reasoning; output is 450, not 50."""
    attributes: dict[str, Any] = genai("chat", (100, 50), provider__name="x_ai") | {
        "gen_ai.usage.reasoning.output_tokens": 400,
        "gen_ai.usage.total_tokens": 550,
    }

    assert {"calls": 1, "input": 100, "output": 450, "reasoning": 400} == usage(span(1, 0, attributes))


def test_a_cache_as_large_as_the_reasoning_explains_the_total_alone() -> None:
    """OpenInference Bedrock 0.1.59: total 1700 = 900 + 300 read + 500, the 300 reasoning inside the 500."""
    attributes: dict[str, Any] = openinference("LLM", (900, 500), read=300, reasoning=300, total=1700)

    found = usage(span(1, 0, attributes, scope="openinference.instrumentation.bedrock", version="0.1.59"))

    assert {"calls": 1, "input": 1200, "output": 500, "read": 300, "reasoning": 300} == found


def test_gemini_thoughts_behind_openllmetry() -> None:
    """OpenLLMetry Gemini: output is candidates only; total 550 - 100 = 450, not 50."""
    attributes: dict[str, Any] = {
        "llm.request.type": "chat",
        "gen_ai.system": "Google",
        "gen_ai.request.model": "gemini-2.5-pro",
        "gen_ai.usage.prompt_tokens": 100,
        "gen_ai.usage.completion_tokens": 50,
        "llm.usage.total_tokens": 550,
    }

    found = usage(
        span(1, 0, attributes, scope="opentelemetry.instrumentation.google_generativeai", version="0.48.0")
    )

    assert (1, 550) == (found["calls"], found["input"] + found["output"])


def test_anthropic_compaction_is_outside_the_totals() -> None:
    """Anthropic 2.12.0, PostHog: 800/50 and a compaction of 300/20 are 1100/70, not 800/50."""
    attributes: dict[str, Any] = genai(
        "chat", (800, 50), provider__name="anthropic", request__model="claude-sonnet-4-5"
    ) | {
        "gen_ai.usage.cache_read.input_tokens": 700,
        "gen_ai.usage.cache_write.input_tokens": 90,
        "anthropic.usage.compaction.input_tokens": 300,
        "anthropic.usage.compaction.output_tokens": 20,
    }

    expected = {"calls": 1, "input": 1100, "output": 70, "read": 700, "written": 90}
    assert expected == usage(span(1, 0, attributes, scope="com.anthropic.sdk.python"))
