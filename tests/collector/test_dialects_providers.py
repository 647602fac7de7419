"""Providers' own spans, gateways, servers, stray names: realistic spans, and the rows they become."""

import pytest

from harness.dialect_cases import WHOLE, DialectCase, usage

CASES: dict[str, DialectCase] = {
    "vllm": DialectCase(
        {
            "gen_ai.usage.prompt_tokens": 1000,
            "gen_ai.usage.completion_tokens": 200,
            "gen_ai.request.id": "cmpl-1",
            "gen_ai.latency.e2e": 1.5,
        },
        (1000, 0, 0, 200, 0),
        "vllm",
        scope="vllm.llm_engine",
        span="llm_request",
    ),
    "anthropic-sdk": DialectCase(
        {
            **usage(600, provider="anthropic"),
            "gen_ai.usage.cache_write.input_tokens": 100,
            "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 60,
            "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 40,
        },
        WHOLE,
        "anthropic-sdk",
        "table",
        scope="com.anthropic.sdk.python",
        version="2.12.0",
    ),
    "anthropic-sdk on Bedrock, with compaction outside the totals": DialectCase(
        {
            **usage(600, 100, provider="anthropic"),
            "anthropic.usage.compaction.input_tokens": 5000,
            "anthropic.usage.compaction.output_tokens": 300,
        },
        (6000, 600, 100, 500, 0),
        "anthropic-sdk",
        "table",
        flags="unsplit_compaction",
        scope="com.anthropic.sdk.typescript.bedrock",
    ),
    "claude-platform": DialectCase(
        {**usage(600, provider="anthropic"), "gen_ai.usage.cache_write.input_tokens": 100},
        WHOLE,
        "claude-platform",
        "table",
        scope="com.anthropic.claude-platform",
        resource={"service.name": "claude-platform"},
    ),
    "openrouter": DialectCase(
        {
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.input_tokens.cached": 600,
            "gen_ai.usage.input_tokens.cache_write": 100,
            "gen_ai.usage.output_tokens": 200,
            "gen_ai.usage.output_tokens.reasoning": 50,
            "gen_ai.provider.name": "xai",
            "gen_ai.usage.total_cost": 0.5,
        },
        (1000, 600, 100, 200, 50),
        "openrouter",
        "default",
        scope="openrouter",
        span="LLM Generation",
    ),
    "cloudflare": DialectCase(
        {
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.output_tokens": 200,
            "gen_ai.model.provider": "openai",
            "gen_ai.request.model": "gpt-5",
        },
        (1000, 0, 0, 200, 0),
        "cloudflare",
        role="",
    ),
    "truefoundry": DialectCase(
        {
            "tfy.span_type": "Model",
            "tfy.model.metric.input_tokens": 1000,
            "tfy.model.metric.output_tokens": 200,
        },
        (1000, 0, 0, 200, 0),
        "truefoundry",
    ),
    "stray names of OpenClaw": DialectCase(
        {**usage(), "gen_ai.usage.cache_read_tokens": 600, "gen_ai.usage.cache_write_tokens": 100},
        WHOLE,
        rule="default",
    ),
    "stray names of Brokle": DialectCase(
        {
            **usage(),
            "gen_ai.usage.input_tokens.cache_read": 600,
            "gen_ai.usage.input_tokens.cache_creation": 100,
        },
        WHOLE,
        rule="default",
    ),
    "stray names of LiveKit and Pipecat": DialectCase(
        {
            **usage(),
            "gen_ai.usage.cache_read_input_tokens": 600,
            "gen_ai.usage.cache_creation_input_tokens": 100,
        },
        WHOLE,
        rule="default",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_c1_to_c4_a_span_of_each_dialect(case: DialectCase) -> None:
    """C1 to C4: the five counts, the dialect, the deciding step, the role and the doubts."""
    assert case.expected == case.actual()
