"""Whether output holds the reasoning (rule C3), and tokens that stand outside every total (7m)."""

from typing import Any

import pytest

from harness.flattening import row_of

INPUT, OUTPUT, TOTAL = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.total_tokens"
REASONING, READ = "gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.cache_read.input_tokens"
CHAT = {"gen_ai.operation.name": "chat", INPUT: 100, OUTPUT: 20}
XAI = {"gen_ai.provider.name": "xai"}
PERPLEXITY = {"gen_ai.provider.name": "perplexity", "gen_ai.request.model": "sonar-deep-research"}
GEMINI = {"gen_ai.provider.name": "gcp.gemini"}


def _answered(attributes: dict[str, Any], **options: Any) -> tuple[int, int, int]:
    """Return input, output and reasoning."""
    row = row_of({**CHAT, **attributes}, **options)
    return row["input_tokens"], row["output_tokens"], row["reasoning_tokens"]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({REASONING: 5}, (100, 20, 5)),
        ({REASONING: 20}, (100, 20, 20)),
        ({REASONING: 21}, (100, 41, 21)),
        ({REASONING: 5, TOTAL: 120}, (100, 20, 5)),
        ({REASONING: 5, TOTAL: 125}, (100, 25, 5)),
        ({REASONING: 5, READ: 60, TOTAL: 185}, (160, 25, 5)),
        ({REASONING: 5, READ: 60, TOTAL: 180}, (160, 20, 5)),
        ({REASONING: 5, TOTAL: 999}, (100, 20, 5)),
        ({REASONING: 0, TOTAL: 125}, (100, 20, 0)),
    ],
    ids=str,
)
def test_c3_reasoning_is_outside_where_arithmetic_proves_it(
    attributes: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    """C3: more than output, or what the total has above input and output."""
    assert expected == _answered(attributes)


@pytest.mark.parametrize(
    ("attributes", "scope", "expected"),
    [
        ({**XAI, REASONING: 5}, "", (100, 25, 5)),
        ({**XAI, REASONING: 5, TOTAL: 125}, "", (100, 25, 5)),
        ({**XAI, REASONING: 5, TOTAL: 120}, "", (100, 20, 5)),
        ({**XAI, REASONING: 5}, "openrouter", (100, 20, 5)),
        ({**XAI, REASONING: 5}, "pydantic-ai", (100, 20, 5)),
        ({**PERPLEXITY, REASONING: 5}, "", (100, 20, 5)),
        ({**PERPLEXITY, REASONING: 50}, "", (100, 70, 50)),
        ({**PERPLEXITY, REASONING: 5, TOTAL: 125}, "", (100, 25, 5)),
    ],
    ids=str,
)
def test_c3_xai_and_perplexity_count_reasoning_beside_output(
    attributes: dict[str, Any], scope: str, expected: tuple[int, int, int]
) -> None:
    """C3: the same proof; xAI without a total is added, a gateway has added it already."""
    assert expected == _answered(attributes, scope=scope)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({TOTAL: 120}, (100, 20, 0)),
        ({TOTAL: 150}, (100, 50, 0)),
        ({TOTAL: 150, REASONING: 30}, (100, 50, 30)),
        ({TOTAL: 150, REASONING: 10}, (120, 30, 10)),
        ({TOTAL: 120, REASONING: 10}, (100, 20, 10)),
        ({REASONING: 10}, (100, 20, 10)),
    ],
    ids=str,
)
def test_c3_geminis_total_has_thoughts_and_tool_prompts(
    attributes: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    """C3: thoughts go to output; what is left besides told thoughts is the prompt of tools."""
    assert expected == _answered({**GEMINI, **attributes}, scope="litellm")


def test_c3_gemini_behind_openllmetry_takes_all_of_the_difference_as_output() -> None:
    """C3: candidates 20 of a total of 150 for 100 of prompt: 50 were answered."""
    scope = "opentelemetry.instrumentation.google_generativeai"
    attributes = {**GEMINI, "llm.request.type": "chat", REASONING: 10, TOTAL: 150}

    assert (100, 50, 10) == _answered(attributes, scope=scope)


def test_c3_reasoning_under_two_names_is_counted_once() -> None:
    """C3: Copilot writes the same number under the old and the new name."""
    assert (100, 20, 5) == _answered({REASONING: 5, "gen_ai.usage.reasoning_tokens": 5})


def test_compaction_is_added_to_input_and_output() -> None:
    """7m: billed, in no total; its input has no cache split, so the row is flagged."""
    row = row_of(
        {
            **CHAT,
            "anthropic.usage.compaction.input_tokens": 900,
            "anthropic.usage.compaction.output_tokens": 80,
        }
    )

    assert (1000, 100, "unsplit_compaction") == (row["input_tokens"], row["output_tokens"], row["flags"])


def test_c8_an_advisors_tokens_are_seen_and_not_counted() -> None:
    """C8: another model's, at another price, in no total: the row that saw them says so."""
    row = row_of({**CHAT, "gen_ai.usage.details.advisor_input_tokens": 900}, scope="pydantic-ai")

    assert (100, 20, "advisor_uncounted") == (row["input_tokens"], row["output_tokens"], row["flags"])
