"""What users of other tools saw go wrong with a single span: the wrong figure, and ours."""

from typing import Any

import pytest

from harness.dialect_cases import DialectCase, ai, openinference, usage

CASES: dict[str, tuple[DialectCase, str, int, int]] = {
    "langfuse#5568, #12635: cached tokens added to an input that has them": (
        DialectCase(usage(9_000, input=10_000), (10_000, 9_000, 0, 200, 0)),
        "input_tokens",
        19_000,
        10_000,
    ),
    "langfuse#11244: reasoning added to an output that has it": (
        DialectCase(usage(reasoning=50), (1000, 0, 0, 200, 50)),
        "output_tokens",
        250,
        200,
    ),
    "langfuse#16489: pydantic-ai's details summed into the input": (
        DialectCase(
            {
                **usage(),
                "gen_ai.usage.details.input_tokens": 400,
                "gen_ai.usage.details.cache_read_tokens": 600,
            },
            (1000, 600, 0, 200, 0),
            scope="pydantic-ai",
        ),
        "input_tokens",
        2000,
        1000,
    ),
    "phoenix#10783: completion derived from a total that includes cache": (
        DialectCase(
            openinference(300, 200, read=700, total=1200),
            (1000, 700, 0, 200, 0),
            scope="openinference.instrumentation.bedrock",
            version="0.1.20",
        ),
        "output_tokens",
        900,
        200,
    ),
    "openllmetry-js#1027: Anthropic's input without its cache under the standard names": (
        DialectCase(
            usage(600, 100, input=900, provider="anthropic", total=1100),
            (1600, 600, 100, 200, 0),
            scope="@traceloop/instrumentation-anthropic",
            version="0.27.0",
        ),
        "input_tokens",
        900,
        1600,
    ),
    "vercel/ai#8794: Anthropic's cached tokens outside the input": (
        DialectCase(
            ai("ai.streamText.doStream", inputTokens=300, outputTokens=200, cachedInputTokens=700),
            (1000, 700, 0, 200, 0),
            scope="ai",
        ),
        "input_tokens",
        300,
        1000,
    ),
    "sentry#111989: input - cached is negative": (
        DialectCase(usage(700, input=300), (1000, 700, 0, 200, 0)),
        "input_tokens",
        300,
        1000,
    ),
    "vercel/ai#11487, inspect_ai#5528: xAI's output without its reasoning": (
        DialectCase(
            usage(provider="xai", output=150, reasoning=50, total=1200),
            (1000, 0, 0, 200, 50),
            scope="litellm",
        ),
        "output_tokens",
        150,
        200,
    ),
    "opencode-plugin-otel#110: reasoning beside the output under OpenInference's names": (
        DialectCase(
            openinference(300, 150, read=600, write=100, reasoning=50, total=1200),
            (1000, 600, 100, 200, 50),
            resource={"service.name": "opencode"},
        ),
        "output_tokens",
        150,
        200,
    ),
    "strands: two generations of names on one span": (
        DialectCase(
            {**usage(total=1200), "gen_ai.usage.prompt_tokens": 1000, "gen_ai.usage.completion_tokens": 200},
            (1000, 0, 0, 200, 0),
            scope="strands.telemetry.tracer",
        ),
        "input_tokens",
        2000,
        1000,
    ),
    "claude-agent-sdk-typescript#330: bare and standard names on one span": (
        DialectCase(
            {
                **usage(input=300),
                "input_tokens": 300,
                "output_tokens": 200,
                "cache_read_tokens": 600,
                "cache_creation_tokens": 100,
            },
            (1000, 600, 100, 200, 0),
            resource={"service.name": "claude-code"},
        ),
        "input_tokens",
        600,
        1000,
    ),
    "SigNoz: counts in text read as 0": (
        DialectCase(
            {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": "1000"}, (1000, 0, 0, 0, 0)
        ),
        "input_tokens",
        0,
        1000,
    ),
    "langwatch#4034: the same call under two vocabularies": (
        DialectCase({**usage(), **openinference(1000, 200)}, (1000, 0, 0, 200, 0)),
        "input_tokens",
        2000,
        1000,
    ),
}


@pytest.mark.parametrize(("case", "column", "wrong", "right"), CASES.values(), ids=CASES)
def test_a_failure_that_users_reported(case: DialectCase, column: str, wrong: int, right: int) -> None:
    """C1 to C3: the figure is the provider's, and not the one that was reported."""
    counts, row = case.actual()[0], case.row()

    assert (case.tokens, right) == (counts, row[column])
    assert wrong != row[column]


def test_agno_3951_a_call_without_counts_is_not_estimated() -> None:
    """C0: agno#3951: what reports nothing is kept uncounted, with no tokens made up."""
    row: dict[str, Any] = DialectCase({"gen_ai.operation.name": "chat"}, (0, 0, 0, 0, 0)).row()

    assert ("no_usage", 0, 0) == (row["reason"], row["input_tokens"], row["output_tokens"])
