"""Agent frameworks: a realistic span of each, and the row that it becomes."""

import pytest

from harness.dialect_cases import WHOLE, DialectCase, usage

CASES: dict[str, DialectCase] = {
    "google-adk": DialectCase(
        usage(
            600,
            reasoning=50,
            operation="generate_content",
            provider="gcp.vertex.agent",
            model="gemini-2.5-pro",
        ),
        (1000, 600, 0, 200, 50),
        "google-adk",
        "gemini",
        scope="gcp.vertex.agent",
    ),
    "google-adk, old: candidates only, the rest in the response": DialectCase(
        {
            **usage(operation=None, output=150, provider="gcp.vertex.agent", model="gemini-2.0-flash"),
            "gcp.vertex.agent.llm_response": '{"content": {}, "usage_metadata": {'
            '"cached_content_token_count": 600, "thoughts_token_count": 50, "total_token_count": 1200}}',
        },
        (1000, 600, 0, 200, 50),
        "google-adk",
        "gemini",
        "container",
        scope="gcp.vertex.agent",
        span="call_llm",
    ),
    "google-adk, experimental duplicates": DialectCase(
        {**usage(provider="gcp.vertex.agent"), "gen_ai.usage.experimental.reasoning_tokens": 50},
        (1000, 0, 0, 200, 0),
        "google-adk",
        scope="gcp.vertex.agent",
    ),
    "strands before 1.54.0: two generations of names, Bedrock's total": DialectCase(
        {
            **usage(input=900, total=1800, provider="strands-agents"),
            "gen_ai.usage.prompt_tokens": 900,
            "gen_ai.usage.completion_tokens": 200,
            "gen_ai.usage.cache_read_input_tokens": 600,
            "gen_ai.usage.cache_write_input_tokens": 100,
        },
        (1600, 600, 100, 200, 0),
        "strands",
        "total_adds_cache",
        scope="strands.telemetry.tracer",
    ),
    "strands from 1.54.0": DialectCase(
        {
            **usage(total=1200, provider="strands-agents"),
            "gen_ai.usage.cache_read_input_tokens": 600,
            "gen_ai.usage.cache_write_input_tokens": 100,
        },
        WHOLE,
        "strands",
        "provider_total",
        scope="strands.telemetry.tracer",
    ),
    "agent-framework, Anthropic": DialectCase(
        usage(600, 100, input=900, provider="anthropic"),
        (1600, 600, 100, 200, 0),
        "agent-framework",
        "table",
        scope="agent_framework",
    ),
    "agent-framework, OpenAI": DialectCase(
        usage(600), (1000, 600, 0, 200, 0), "agent-framework", "default", scope="agent_framework"
    ),
    "semantic-kernel": DialectCase(
        usage(operation="chat.completions"),
        (1000, 0, 0, 200, 0),
        "semantic-kernel",
        scope="semantic_kernel.utils.telemetry.model_diagnostics.decorators",
    ),
    "extensions-ai": DialectCase(
        usage(600, reasoning=50),
        (1000, 600, 0, 200, 50),
        "extensions-ai",
        "default",
        scope="Experimental.Microsoft.Extensions.AI",
    ),
    "foundry": DialectCase(
        {**usage(operation="process_thread_run", provider="az.ai.agents"), "gen_ai.thread.run.id": "run_1"},
        (1000, 0, 0, 200, 0),
        "foundry",
    ),
    "spring-ai: numbers as text, Anthropic without the cache": DialectCase(
        {
            **usage("600", "100", input="900", output="200", total="1100", provider="anthropic"),  # type: ignore[arg-type]  # as Micrometer writes them
            "spring.ai.model.request.tool.names": "[]",
        },
        (1600, 600, 100, 200, 0),
        "spring-ai",
        "table",
        scope="org.springframework.boot",
    ),
    "mastra": DialectCase(
        {
            **usage(600, 100, provider="anthropic"),
            "mastra.span.type": "model_generation",
            "gen_ai.usage.reasoning_tokens": 50,
        },
        (1000, 600, 100, 200, 50),
        "mastra",
        "default",
    ),
    "sentry": DialectCase(
        {
            **usage(),
            "gen_ai.operation.type": "ai_client",
            "gen_ai.usage.input_tokens.cached": 600,
            "gen_ai.usage.input_tokens.cache_write": 100,
            "gen_ai.usage.output_tokens.reasoning": 50,
        },
        (1000, 600, 100, 200, 50),
        "sentry",
        "default",
    ),
    "genkit": DialectCase(
        {
            "genkit:type": "action",
            "genkit:metadata:subtype": "model",
            "genkit:output": '{"usage": {"inputTokens": 1000, "outputTokens": 200, "thoughtsTokens": 50, '
            '"cachedContentTokens": 600}}',
        },
        (1000, 600, 0, 200, 50),
        "genkit",
        "default",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_c1_to_c4_a_span_of_each_dialect(case: DialectCase) -> None:
    """C1 to C4: the five counts, the dialect, the deciding step, the role and the doubts."""
    assert case.expected == case.actual()
