"""Failures that users reported, kind B: what the input includes, and where reasoning is. One test each.

The true call of most: Anthropic's 10 uncached, 700 read and 90 written tokens, 800 in all, 50 output.
"""

from __future__ import annotations

from typing import Any

import pytest

from harness.reported_failures import genai, openinference, span, usage

CLAUDE = "claude-sonnet-4-5"
RIGHT = {"calls": 1, "input": 800, "output": 50, "read": 700, "written": 90}


def anthropic(shown: int, *, read: str, written: str, **more: Any) -> dict[str, Any]:
    """Return a chat with Anthropic: its shown input, and the cache under the given names."""
    base = genai("chat", (shown, 50), provider__name="anthropic", request__model=CLAUDE)
    return base | {f"gen_ai.usage.{read}": 700, f"gen_ai.usage.{written}": 90} | more


TODAY: dict[str, Any] = {"read": "cache_read.input_tokens", "written": "cache_creation.input_tokens"}


def test_langfuse_counted_the_cache_twice() -> None:
    """langfuse#12635, #5568: 790 cached tokens were added to an inclusive 800, 1590; right is 800."""
    attributes: dict[str, Any] = anthropic(
        800, read="cache_read_input_tokens", written="cache_creation_input_tokens"
    )

    found = usage(span(1, 0, attributes, scope="opentelemetry.instrumentation.anthropic", version="0.33.4"))

    assert RIGHT == found


def test_an_input_below_its_cache_is_exclusive() -> None:
    """getsentry/sentry#111989: cost of input minus cached was negative; 10 < 790 proves 800."""
    assert RIGHT == usage(span(1, 0, anthropic(10, **TODAY), scope="some.new.library"))


@pytest.mark.parametrize(
    ("scope", "version", "resource"),
    [
        ("@traceloop/instrumentation-anthropic", "0.27.0", {}),
        ("openlit.otel.tracing", "", {"telemetry.sdk.name": "openlit"}),
        ("agent_framework", "1.23.0", {}),
    ],
    ids=["openllmetry-js PR 1027", "openlit", "agent framework"],
)
def test_exclusive_input_under_standard_names(scope: str, version: str, resource: dict[str, str]) -> None:
    """latitude-llm#2558: 900 uncached beside 700 and 90 is 1690; read as inclusive it was 900."""
    found = usage(span(1, 0, anthropic(900, **TODAY), scope=scope, version=version, resource=resource))

    assert RIGHT | {"input": 1690} == found


def test_spring_ai_anthropic_is_exclusive() -> None:
    """Spring AI: counts are strings, its total is input + output and proves nothing; 1690, not 900."""
    counts: dict[str, Any] = {
        key: str(value) for key, value in anthropic(900, **TODAY).items() if "usage" in key
    }
    attributes: dict[str, Any] = (
        anthropic(900, **TODAY) | counts | {"gen_ai.usage.total_tokens": "950", "spring.ai.kind": "chat"}
    )

    assert RIGHT | {"input": 1690} == usage(span(1, 0, attributes, scope="org.springframework.boot"))


def test_traceloop_js_is_inclusive_after_the_fix() -> None:
    """openllmetry-js PR 1028: the next version adds the cache itself; 1690 stays 1690."""
    found = usage(
        span(1, 0, anthropic(1690, **TODAY), scope="@traceloop/instrumentation-anthropic", version="0.28.0")
    )

    assert RIGHT | {"input": 1690} == found


def test_bedrock_total_includes_the_cache() -> None:
    """phoenix#10783, openinference#2381: completion was total - prompt = 840; it is 50, and input is 800."""
    attributes: dict[str, Any] = openinference("LLM", (10, 50), read=700, written=90, total=850) | {
        "llm.provider": "aws"
    }

    found = usage(span(1, 0, attributes, scope="openinference.instrumentation.bedrock", version="0.1.59"))

    assert RIGHT == found


def test_bedrock_total_proves_an_exclusive_input_of_any_size() -> None:
    """phoenix#10036: 900 uncached, 790 cached, 50 output, total 1740: input is 1690, not 900."""
    attributes: dict[str, Any] = openinference("LLM", (900, 50), read=700, written=90, total=1740)

    found = usage(span(1, 0, attributes, scope="openinference.instrumentation.bedrock", version="0.1.59"))

    assert RIGHT | {"input": 1690} == found


def test_bedrock_converse_js_hides_the_cache_in_the_total() -> None:
    """OpenInference JS 0.5.1: no cache attributes, total 850 - 10 - 50 = 790 cached; input 800, not 10."""
    attributes: dict[str, Any] = openinference("LLM", (10, 50), total=850) | {"llm.system": "anthropic"}

    found = usage(
        span(1, 0, attributes, scope="@arizeai/openinference-instrumentation-bedrock", version="0.5.1")
    )

    assert {"calls": 1, "input": 800, "output": 50} == found


@pytest.mark.parametrize(("version", "shown"), [("0.1.12", 900), ("0.1.13", 1690)])
def test_claude_agent_sdk_by_version(version: str, shown: int) -> None:
    """OpenInference Claude Agent SDK adds the cache from 0.1.13: 1690 either way."""
    attributes: dict[str, Any] = openinference("AGENT", (shown, 50), read=700, written=90)

    found = usage(
        span(1, 0, attributes, scope="openinference.instrumentation.claude_agent_sdk", version=version)
    )

    assert RIGHT | {"input": 1690} == found


def test_strands_before_1_54() -> None:
    """Strands PR 3886: 900 beside 790 with Bedrock's total of 1740 is 1690; names of two ages, one number."""
    attributes: dict[str, Any] = genai("chat", (900, 50), system="strands-agents", request__model=CLAUDE) | {
        "gen_ai.usage.prompt_tokens": 900,
        "gen_ai.usage.completion_tokens": 50,
        "gen_ai.usage.total_tokens": 1740,
        "gen_ai.usage.cache_read_input_tokens": 700,
        "gen_ai.usage.cache_write_input_tokens": 90,
    }

    assert RIGHT | {"input": 1690} == usage(span(1, 0, attributes, scope="strands.telemetry.tracer"))


@pytest.mark.parametrize(
    "scope", ["opentelemetry.instrumentation.bedrock", "opentelemetry.instrumentation.llamaindex"]
)
def test_openllmetry_bedrock_and_llamaindex_stay_exclusive(scope: str) -> None:
    """Still so in 0.62.4: 900 beside 790 is 1690, not 900."""
    attributes: dict[str, Any] = anthropic(
        900, read="cache_read_input_tokens", written="cache_creation_input_tokens"
    )

    found = usage(span(1, 0, attributes | {"llm.request.type": "chat"}, scope=scope, version="0.62.4"))

    assert RIGHT | {"input": 1690} == found


def test_vercel_no_cache_tokens_settle_it() -> None:
    """vercel/ai#8794: 900 uncached named as such, so the input is 1690 whatever its own field means."""
    attributes: dict[str, Any] = {
        "ai.operationId": "ai.generateText.doGenerate",
        "ai.usage.inputTokens": 900,
        "ai.usage.outputTokens": 50,
        "ai.usage.inputTokenDetails.noCacheTokens": 900,
        "ai.usage.inputTokenDetails.cacheReadTokens": 700,
        "ai.usage.inputTokenDetails.cacheWriteTokens": 90,
    }

    assert RIGHT | {"input": 1690} == usage(span(1, 0, attributes, scope="ai"))


def test_vercel_cache_in_provider_metadata() -> None:
    """vercel/ai PR 10975: up to v5 Anthropic's cache stands only in metadata; 10 + 700 + 90, not 10."""
    attributes: dict[str, Any] = {
        "ai.operationId": "ai.generateText.doGenerate",
        "ai.model.provider": "anthropic.messages",
        "ai.model.id": CLAUDE,
        "ai.usage.inputTokens": 10,
        "ai.usage.outputTokens": 50,
        "ai.usage.cachedInputTokens": 700,
        "ai.response.providerMetadata": '{"anthropic":{"cacheCreationInputTokens":90}}',
    }

    assert RIGHT == usage(span(1, 0, attributes, scope="ai"))


def test_pydantic_ai_details_are_no_tokens_of_their_own() -> None:
    """langfuse#11244, #16489: `details.*` were summed into the total, 1640; right is 800."""
    details = {"gen_ai.usage.details.cache_read_tokens": 700, "gen_ai.usage.details.cache_write_tokens": 90}
    attributes: dict[str, Any] = genai("chat", (800, 50), provider__name="anthropic") | details

    assert RIGHT == usage(
        span(1, 0, attributes | {"gen_ai.usage.details.input_tokens": 10}, scope="pydantic-ai")
    )


def test_two_vocabularies_on_one_span() -> None:
    """OpenInference processors add `llm.*` beside `gen_ai.*`: one span, one call; 800, not 1600."""
    attributes: dict[str, Any] = genai("chat", (800, 50)) | openinference(
        "LLM", (800, 50), read=700, written=90
    )

    assert RIGHT == usage(span(1, 0, attributes))


def test_langfuse_buckets_are_disjoint() -> None:
    """Langfuse usage_details: input 10, 700 and 90 beside it; output 30 and reasoning 20: 800 and 50."""
    details = (
        '{"input":10,"cache_read_input_tokens":700,"cache_creation_input_tokens":90,'
        '"output":30,"output_reasoning_tokens":20,"total":850}'
    )
    attributes: dict[str, Any] = {
        "langfuse.observation.type": "generation",
        "langfuse.observation.usage_details": details,
    }

    assert RIGHT | {"reasoning": 20} == usage(span(1, 0, attributes, scope="langfuse-sdk"))


def test_langchain_cache_write_in_two_durations() -> None:
    """LangSmith JSON: cache_creation is 0 when the provider splits it by duration; 90, not 0."""
    details = (
        '{"cache_read":700,"cache_creation":0,"ephemeral_5m_input_tokens":60,"ephemeral_1h_input_tokens":30}'
    )
    attributes: dict[str, Any] = {
        "langsmith.span.kind": "llm",
        "gen_ai.usage.input_tokens": 800,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.usage.input_token_details": details,
    }

    assert RIGHT == usage(span(1, 0, attributes, scope="langsmith"))


def test_signoz_read_string_counts_as_zero() -> None:
    """SigNoz#12738: counts that arrive as strings are counts; 100/10, not 0."""
    attributes: dict[str, Any] = genai("chat") | {
        "gen_ai.usage.input_tokens": "100",
        "gen_ai.usage.output_tokens": "10",
    }

    assert {"calls": 1, "input": 100, "output": 10} == usage(span(1, 0, attributes))


def test_mlflow_token_usage_is_json() -> None:
    """MLflow: one attribute holds all counts as JSON, and repeats nothing; 800/50."""
    tokens = (
        '{"input_tokens":800,"output_tokens":50,"total_tokens":850,'
        '"cache_read_input_tokens":700,"cache_creation_input_tokens":90}'
    )

    assert RIGHT == usage(span(1, 0, {"mlflow.spanType": '"CHAT_MODEL"', "mlflow.chat.tokenUsage": tokens}))
