"""Platforms' own SDKs: a realistic span of each, and the row that it becomes."""

import pytest

from harness.dialect_cases import WHOLE, DialectCase, usage

CASES: dict[str, DialectCase] = {
    "openlit, OpenAI": DialectCase(
        {**usage(600, reasoning=50, total=1200), "gen_ai.client.token.usage": 1200},
        (1000, 600, 0, 200, 50),
        "openlit",
        "default",
        scope="openlit.instrumentation.openai",
    ),
    "openlit, Anthropic: the names promise what the value is not": DialectCase(
        usage(600, 100, input=900, provider="anthropic", total=1100),
        (1600, 600, 100, 200, 0),
        "openlit",
        "table",
        resource={"telemetry.sdk.name": "openlit"},
    ),
    "litellm": DialectCase(
        {
            **usage(operation="acompletion", total=1200),
            "llm.request.type": "acompletion",
            "litellm.call_id": "c",
        },
        (1000, 0, 0, 200, 0),
        "litellm",
        scope="litellm",
        span="litellm_request",
    ),
    "langsmith": DialectCase(
        {
            **usage(total=1200),
            "langsmith.span.kind": "llm",
            "gen_ai.usage.input_token_details": '{"cache_read": 600, "cache_creation": 0, '
            '"ephemeral_5m_input_tokens": 70, "ephemeral_1h_input_tokens": 30}',
            "gen_ai.usage.output_token_details": '{"reasoning": 50}',
        },
        (1000, 600, 100, 200, 50),
        "langsmith",
        "default",
        scope="langsmith",
    ),
    "langsmith, a chain whose output holds the message": DialectCase(
        {**usage(total=1200), "langsmith.span.kind": "chain"},
        (1000, 0, 0, 200, 0),
        "langsmith",
        role="container",
        scope="langsmith",
    ),
    "mlflow: JSON in every attribute": DialectCase(
        {
            "mlflow.spanType": '"CHAT_MODEL"',
            "mlflow.llm.model": '"gpt-5"',
            "mlflow.chat.tokenUsage": '{"input_tokens": 1000, "output_tokens": 200, "total_tokens": 1200, '
            '"cache_read_input_tokens": 600, "cache_creation_input_tokens": 100, '
            '"cache_creation_input_tokens_above_1hr": 20}',
        },
        WHOLE,
        "mlflow",
        "default",
    ),
    "mlflow, an integration that counts without the cache": DialectCase(
        {
            "mlflow.spanType": '"CHAT_MODEL"',
            "mlflow.chat.tokenUsage": '{"input_tokens": 300, "output_tokens": 200, "total_tokens": 500, '
            '"cache_read_input_tokens": 600, "cache_creation_input_tokens": 100}',
        },
        WHOLE,
        "mlflow",
        "input_below_cache",
    ),
    "langfuse, disjoint buckets": DialectCase(
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.usage_details": '{"input": 300, "cache_read_input_tokens": 600, '
            '"cache_creation_input_tokens": 100, "output": 150, "output_reasoning_tokens": 50, '
            '"total": 1200}',
        },
        (1000, 600, 100, 200, 50),
        "langfuse",
        "uncached_count",
        scope="langfuse-sdk",
    ),
    "langfuse, OpenAI's form": DialectCase(
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.usage_details": '{"prompt_tokens": 1000, "completion_tokens": 200, '
            '"total_tokens": 1200, "prompt_tokens_details": {"cached_tokens": 600}, '
            '"completion_tokens_details": {"reasoning_tokens": 50}}',
        },
        (1000, 600, 0, 200, 50),
        "langfuse",
        "default",
        scope="langfuse-sdk",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_c1_to_c4_a_span_of_each_dialect(case: DialectCase) -> None:
    """C1 to C4: the five counts, the dialect, the deciding step, the role and the doubts."""
    assert case.expected == case.actual()
