"""The Vercel AI SDK, pydantic-ai and Logfire: a realistic span of each, and the row that it becomes."""

import json

import pytest

from harness.dialect_cases import WHOLE, DialectCase, ai, usage

CASES: dict[str, DialectCase] = {
    "vercel-ai v6: the uncached count settles it": DialectCase(
        ai(
            "ai.generateText.doGenerate",
            inputTokens=1000,
            outputTokens=200,
            totalTokens=1200,
            inputTokenDetails__noCacheTokens=300,
            inputTokenDetails__cacheReadTokens=600,
            inputTokenDetails__cacheWriteTokens=100,
            outputTokenDetails__reasoningTokens=50,
        )
        | {"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 200},
        (1000, 600, 100, 200, 50),
        "vercel-ai",
        "uncached_count",
        scope="ai",
    ),
    "vercel-ai v5 with Anthropic: cache writes are in the provider's metadata": DialectCase(
        ai(
            "ai.streamText.doStream",
            inputTokens=300,
            outputTokens=200,
            totalTokens=500,
            cachedInputTokens=600,
        )
        | {
            "ai.response.providerMetadata": json.dumps(
                {
                    "anthropic": {
                        "cacheCreationInputTokens": 100,
                        "usage": {
                            "input_tokens": 300,
                            "cache_read_input_tokens": 600,
                            "cache_creation_input_tokens": 100,
                            "output_tokens": 200,
                        },
                    }
                }
            )
        },
        WHOLE,
        "vercel-ai",
        "uncached_count",
        scope="ai",
    ),
    "vercel-ai v4 with Anthropic: nothing but metadata tells of the cache": DialectCase(
        ai("ai.generateText.doGenerate", promptTokens=900, completionTokens=200)
        | {
            "ai.response.providerMetadata": '{"anthropic": {"usage": {"input_tokens": 900, '
            '"cache_read_input_tokens": 600, "cache_creation_input_tokens": 100}}}'
        },
        (1600, 600, 100, 200, 0),
        "vercel-ai",
        "uncached_count",
        scope="ai",
    ),
    "vercel-ai v5 with OpenAI": DialectCase(
        ai(
            "ai.generateText.doGenerate",
            inputTokens=1000,
            outputTokens=200,
            cachedInputTokens=600,
            reasoningTokens=50,
        ),
        (1000, 600, 0, 200, 50),
        "vercel-ai",
        "default",
        scope="ai",
    ),
    "vercel-ai, the outer span's metadata is that of its last step": DialectCase(
        ai("ai.generateText", inputTokens=5000, outputTokens=900)
        | {
            "ai.response.providerMetadata": '{"anthropic": {"usage": {"input_tokens": 30, '
            '"cache_read_input_tokens": 20}}}'
        },
        (5000, 0, 0, 900, 0),
        "vercel-ai",
        role="container",
        scope="ai",
    ),
    "vercel-ai, an embedding": DialectCase(
        {
            "ai.operationId": "ai.embedMany.doEmbed",
            "ai.usage.tokens": 77,
            "ai.model.provider": "openai.embedding",
        },
        (77, 0, 0, 0, 0),
        "vercel-ai",
        scope="ai",
    ),
    "vercel-ai v7": DialectCase(
        usage(600, 100, provider="anthropic"), WHOLE, "vercel-ai", "table", scope="gen_ai"
    ),
    "pydantic-ai": DialectCase(
        usage(600, 100, provider="anthropic"), WHOLE, "pydantic-ai", "table", scope="pydantic-ai"
    ),
    "pydantic-ai before 1.78: the split is in the details": DialectCase(
        {
            **usage(),
            "gen_ai.usage.details.cache_read_tokens": 600,
            "gen_ai.usage.details.cache_write_tokens": 100,
            "gen_ai.usage.details.reasoning_tokens": 50,
            "gen_ai.usage.details.input_tokens": 300,
            "gen_ai.usage.details.compaction_input_tokens": 70,
        },
        (1000, 600, 100, 200, 50),
        "pydantic-ai",
        "table",
        scope="pydantic-ai",
    ),
    "pydantic-ai, an agent's run under the names of its calls": DialectCase(
        {"gen_ai.usage.input_tokens": 5000, "gen_ai.usage.output_tokens": 900},
        (5000, 0, 0, 900, 0),
        "pydantic-ai",
        role="agent",
        scope="pydantic-ai",
        span="agent run",
    ),
    "pydantic-ai, an agent's run under names of its own": DialectCase(
        {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.aggregated_usage.input_tokens": 5000,
            "gen_ai.aggregated_usage.output_tokens": 900,
        },
        (5000, 0, 0, 900, 0),
        "pydantic-ai",
        role="agent",
        scope="pydantic-ai",
    ),
    "logfire, Anthropic before 4.31.1: the raw copy has the cache": DialectCase(
        {
            **usage(input=300, provider="anthropic"),
            "gen_ai.usage.raw": '{"input_tokens": 300, "cache_read_input_tokens": 600, '
            '"cache_creation_input_tokens": 100, "output_tokens": 200}',
        },
        WHOLE,
        "logfire",
        "uncached_count",
        scope="logfire.anthropic",
        version="4.31.0",
    ),
    "logfire, Anthropic from 4.31.1: the raw copy is still without": DialectCase(
        {
            **usage(provider="anthropic"),
            "gen_ai.usage.raw": '{"input_tokens": 300, "cache_read_input_tokens": 600, '
            '"cache_creation_input_tokens": 100, "output_tokens": 200}',
        },
        WHOLE,
        "logfire",
        "uncached_count",
        scope="logfire.anthropic",
        version="4.31.1",
    ),
    "logfire, OpenAI": DialectCase(
        {
            **usage(),
            "gen_ai.usage.raw": '{"prompt_tokens": 1000, "prompt_tokens_details": {"cached_tokens": 600}, '
            '"completion_tokens_details": {"reasoning_tokens": 50}}',
        },
        (1000, 600, 0, 200, 50),
        "logfire",
        "default",
        scope="logfire.openai",
        version="4.0.0",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_c1_to_c4_a_span_of_each_dialect(case: DialectCase) -> None:
    """C1 to C4: the five counts, the dialect, the deciding step, the role and the doubts."""
    assert case.expected == case.actual()
