"""Failures that users reported, kinds C and D on spans: copies of one call, running totals. One test each."""

from __future__ import annotations

from typing import Any

import pytest

from harness.reported_failures import genai, openinference, span, usage

CLAUDE: dict[str, Any] = {"provider__name": "anthropic", "request__model": "claude-sonnet-4-5"}
ONE = {"calls": 1, "input": 100, "output": 10}
CLIENT, SERVER = 3, 2


# Two instrumentations on one call


def test_two_instrumentations_of_one_anthropic_call() -> None:
    """langfuse-js#700: framework and SDK spans were both counted, 200/20; right is 100/10."""
    inner: dict[str, Any] = genai("chat", (100, 10), **CLAUDE) | {"llm.request.type": "chat"}

    found = usage(
        span(1, 0, openinference("LLM", (100, 10)), scope="openinference.instrumentation.langchain"),
        span(2, 1, inner, start=1, end=9, scope="opentelemetry.instrumentation.anthropic", version="0.48.0"),
    )

    assert ONE == found


def test_sdk_tracing_under_an_older_instrumentation() -> None:
    """Anthropic 1.14 traces by default: every traced application then had two leaves a call, 200/20."""
    outer: dict[str, Any] = genai("chat", (100, 10), **CLAUDE) | {"llm.request.type": "chat"}

    found = usage(
        span(1, 0, outer, scope="opentelemetry.instrumentation.anthropic", version="0.48.0"),
        span(2, 1, genai("chat", (100, 10), **CLAUDE), start=1, end=9, scope="com.anthropic.sdk.python"),
    )

    assert ONE == found


def test_streaming_over_count_beside_the_sdk() -> None:
    """OpenLLMetry adds the start event's output: 100/13 around the SDK's 100/10, which is right."""
    outer: dict[str, Any] = genai("chat", (100, 13), **CLAUDE) | {"llm.request.type": "chat"}

    found = usage(
        span(1, 0, outer, scope="opentelemetry.instrumentation.anthropic", version="0.48.0"),
        span(2, 1, genai("chat", (100, 10), **CLAUDE), start=1, end=9, scope="com.anthropic.sdk.python"),
    )

    assert ONE == found


def test_sdk_client_and_api_server_span() -> None:
    """developersdigest.tech: the API's SERVER span below the SDK's CLIENT span is one call, not two."""
    told: dict[str, Any] = CLAUDE | {"response__id": "msg_1"}

    found = usage(
        span(1, 0, genai("chat", (100, 10), **told), scope="com.anthropic.sdk.python", kind=CLIENT),
        span(
            2,
            1,
            genai("chat", (100, 10), **told),
            start=1,
            end=9,
            scope="com.anthropic.claude-platform",
            kind=SERVER,
        ),
    )

    assert ONE == found


def test_api_spans_in_a_trace_of_their_own() -> None:
    """Claude Platform on AWS does not propagate: equal message ids in two traces are one call, not two."""
    told: dict[str, Any] = CLAUDE | {"response__id": "msg_1"}
    api: dict[str, Any] = {"scope": "com.anthropic.claude-platform", "kind": SERVER, "trace_id": 2}

    found = usage(
        span(1, 0, genai("chat", (100, 10), **told), scope="com.anthropic.sdk.python", kind=CLIENT),
        span(2, 0, genai("chat", (100, 10), **told), start=1, end=9, **api),
    )

    assert ONE == found


def test_openrouter_broadcasts_in_another_trace() -> None:
    """OpenRouter: client span and broadcast were both counted, 200/20; and its cost reaches the call."""
    told: dict[str, Any] = {"response__id": "gen-1"}

    found = usage(
        span(1, 0, genai("chat", (100, 10), **told, provider__name="openai", request__model="openai/gpt-5")),
        span(
            2,
            0,
            genai("chat", (100, 10), **told, provider__name="openrouter", request__model="gpt-5"),
            start=1,
            end=9,
            name="LLM Generation",
            scope="openrouter",
            resource={"service.name": "openrouter"},
            trace_id=2,
        ),
    )

    assert ONE == found


def test_openrouter_siblings_without_usage() -> None:
    """OpenRouter: `generation` and `provider attempt` spans have no usage and are no calls; 1, not 3."""
    scope: dict[str, Any] = {"scope": "openrouter", "resource": {"service.name": "openrouter"}}

    found = usage(
        span(1, 0, genai("chat", (100, 10)), name="LLM Generation", **scope),
        span(2, 1, {}, start=1, end=5, name="generation", **scope),
        span(3, 1, {}, start=5, end=9, name="provider attempt 1: openai", **scope),
    )

    assert ONE == found


def test_vllm_server_below_the_client() -> None:
    """vLLM: its span is a child of the client's chat; 100/10, not 200/20."""
    server: dict[str, Any] = {
        "gen_ai.usage.prompt_tokens": 100,
        "gen_ai.usage.completion_tokens": 10,
        "gen_ai.request.id": "cmpl-1",
        "gen_ai.response.model": "gpt-oss",
    }

    found = usage(
        span(1, 0, genai("chat", (100, 10), request__model="gpt-oss"), kind=CLIENT),
        span(2, 1, server, start=1, end=9, name="llm_request", scope="vllm.llm_engine", kind=SERVER),
    )

    assert ONE == found


def test_litellm_proxy_parent_carries_a_copy() -> None:
    """LiteLLM: `Received Proxy Server Request` repeats `litellm_request`; 100/10, not 200/20."""
    found = usage(
        span(
            1, 0, genai("chat", (100, 10)), name="Received Proxy Server Request", scope="litellm", kind=SERVER
        ),
        span(2, 1, genai("chat", (100, 10)), start=1, end=9, name="litellm_request", scope="litellm"),
        span(3, 2, {}, start=2, end=8, name="raw_gen_ai_request", scope="litellm"),
    )

    assert ONE == found


def test_litellm_cache_hit_is_not_billed() -> None:
    """LiteLLM answered from its own cache: the provider billed nothing; 0 calls, not 1."""
    attributes: dict[str, Any] = genai("chat", (100, 10)) | {"litellm.cache_hit": "true"}

    assert {} == usage(span(1, 0, attributes, name="litellm_request", scope="litellm"))


def test_count_tokens_is_no_usage() -> None:
    """opentelemetry-go-compile-instrumentation PR 1330: counting writes input_tokens; nothing was billed."""
    assert {} == usage(span(1, 0, genai("count_tokens") | {"gen_ai.usage.input_tokens": 100}))


def test_fetch_response_reads_again() -> None:
    """A stored response that is read again is the same usage again; 100/10 once."""
    found = usage(
        span(1, 0, genai("chat", (100, 10), response__id="resp_1")),
        span(2, 0, genai("fetch_response", (100, 10), response__id="resp_1"), start=20, end=21, trace_id=2),
    )

    assert ONE == found


def test_logfire_pending_span_is_a_notice() -> None:
    """Logfire announces a span before it ends, under its attributes; 100/10 once."""
    pending = genai("chat", (100, 10)) | {"logfire.span_type": "pending_span"}

    found = usage(
        span(1, 0, genai("chat", (100, 10)), scope="logfire.openai"),
        span(2, 1, pending, start=0, end=0, scope="logfire.openai"),
    )

    assert ONE == found


def test_qwen_bridge_spans_repeat_the_log_record() -> None:
    """Qwen Code: each log record is also a span with log.bridge=true; 100/10, not 200/20."""
    real = {"input_tokens": 100, "output_tokens": 10, "gen_ai.request.model": "qwen3", "session.id": "s"}
    bridge = {
        "log.bridge": True,
        "event.name": "qwen-code.api_response",
        "session.id": "s",
        "model": "qwen3",
        "duration_ms": 9000,
        "input_token_count": 100,
        "output_token_count": 10,
        "total_token_count": 110,
    }
    service: dict[str, Any] = {"resource": {"service.name": "qwen-code"}, "scope": "qwen-code"}

    found = usage(
        span(1, 0, real | genai("chat", (100, 10)), name="qwen-code.llm_request", **service),
        span(2, 0, bridge, start=9.5, end=9.5, name="qwen-code.api_response", trace_id=2, **service),
    )

    assert ONE == found


# Ids that prove nothing


@pytest.mark.parametrize("start", [11, 60, 3600])
def test_short_response_ids_repeat(start: int) -> None:
    """Ollama makes `chatcmpl-417` of a random number: two calls of equal output, 300/20, not 100/10."""
    told: dict[str, Any] = {"response__id": "chatcmpl-417"}

    found = usage(
        span(1, 0, genai("chat", (100, 10), **told)),
        span(2, 0, genai("chat", (200, 10), **told), start=start, end=start + 5, trace_id=2),
    )

    assert {"calls": 2, "input": 300, "output": 20} == found


def test_short_response_ids_repeat_at_the_same_time() -> None:
    """Two agents at once with one short id and other counts are two calls; 300/30."""
    told: dict[str, Any] = {"response__id": "chatcmpl-417"}

    found = usage(
        span(1, 0, genai("chat", (100, 10), **told)),
        span(2, 0, genai("chat", (200, 20), **told), start=1, end=9, trace_id=2),
    )

    assert {"calls": 2, "input": 300, "output": 30} == found


def test_streamed_calls_hang_below_each_other() -> None:
    """spring-ai PR 6276: wrong parents with streaming; two calls of 100/10 and 200/20 stay two."""
    found = usage(
        span(1, 0, genai("chat", (100, 10)), end=30), span(2, 1, genai("chat", (200, 20)), start=5, end=9)
    )

    assert {"calls": 2, "input": 300, "output": 30} == found


def test_redelivery_adds_nothing() -> None:
    """OpenRouter and exporters after a timeout send again; 100/10, not 200/20."""
    sent = span(1, 0, genai("chat", (100, 10)))

    assert ONE == usage(sent, sent, sent)
