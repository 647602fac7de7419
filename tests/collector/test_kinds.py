"""What a span is: dialect, role and operation (rules C1, C4, C8, C10)."""

from typing import Any

import pytest

from harness.flattening import row_of, rows_of
from harness.otlp import CHAT, SpanSpec

USAGE = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20}


@pytest.mark.parametrize(
    ("scope", "dialect"),
    [
        ("openinference.instrumentation.openai", "openinference"),
        ("@arizeai/openinference-instrumentation-anthropic", "openinference"),
        ("traceloop.tracer", "openllmetry"),
        ("com.anthropic.sdk.python", "anthropic-sdk"),
        ("com.anthropic.sdk.python.bedrock", "anthropic-sdk"),
        ("com.anthropic.claude-platform", "claude-platform"),
        ("com.anthropic.claude_code.tracing", "claude-code"),
        ("com.anthropic.claude_code.traces", "claude-code"),
        ("ai", "vercel-ai"),
        ("gen_ai", "vercel-ai"),
        ("pydantic-ai", "pydantic-ai"),
        ("logfire.openai", "logfire"),
        ("codex_exec", "codex"),
        ("gemini-cli", "gemini-cli"),
        ("qwen-code", "qwen-code"),
        ("copilot-chat", "copilot"),
        ("com.opencode", "opencode"),
        ("@devtheops/opencode-plugin-otel", "opencode"),
        ("openlit.otel.tracing", "openlit"),
        ("litellm", "litellm"),
        ("langsmith", "langsmith"),
        ("mlflow.tracing", "mlflow"),
        ("langfuse-sdk", "langfuse"),
        ("gcp.vertex.agent", "google-adk"),
        ("strands.telemetry.tracer", "strands"),
        ("agent_framework", "agent-framework"),
        ("semantic_kernel.x", "semantic-kernel"),
        ("Experimental.Microsoft.Extensions.AI", "extensions-ai"),
        ("org.springframework.boot", "spring-ai"),
        ("vllm.llm_engine", "vllm"),
        ("@mastra/otel-exporter", "mastra"),
        ("sentry.javascript.node", "sentry"),
        ("openrouter", "openrouter"),
        ("opentelemetry.instrumentation.openai_v2", "semconv"),
        ("tokenlake", "semconv"),
        ("@traceloop/instrumentation-bedrock", "openllmetry"),
        ("opentelemetry.instrumentation.openai", "semconv"),
        ("my.app", "semconv"),
        ("", "semconv"),
    ],
)
def test_c1_a_scope_tells_the_dialect(scope: str, dialect: str) -> None:
    """C1: the scope's name decides; the names that two families share decide nothing."""
    assert dialect == row_of(CHAT, scope=scope)["dialect"]


@pytest.mark.parametrize(
    ("attribute", "value", "dialect"),
    [
        ("openinference.span.kind", "LLM", "openinference"),
        ("traceloop.workflow.name", "joke", "openllmetry"),
        ("traceloop.entity.name", "joke", "openllmetry"),
        ("traceloop.association.properties.user_id", "ada", "openllmetry"),
        ("llm.request.type", "chat", "openllmetry"),
        ("gen_ai.usage.total_tokens", 120, "openllmetry"),
        ("llm.usage.total_tokens", 120, "openllmetry"),
        ("gen_ai.agent.name", "writer", "semconv"),
        ("ai.operationId", "ai.generateText.doGenerate", "vercel-ai"),
        ("langsmith.span.kind", "llm", "langsmith"),
        ("mlflow.chat.tokenUsage", "{}", "mlflow"),
        ("langfuse.observation.type", "generation", "langfuse"),
        ("mastra.span.type", "model_generation", "mastra"),
        ("litellm.call_id", "1", "litellm"),
        ("codex.usage.total_tokens", 120, "codex"),
        ("copilot_chat.chat_session_id", "c", "copilot"),
        ("log.bridge", True, "qwen-code"),
        ("gen_ai.operation.type", "ai_client", "sentry"),
        ("gen_ai.model.provider", "openai", "cloudflare"),
        ("gen_ai.latency.e2e", 1.5, "vllm"),
        ("spring.ai.kind", "chat_client", "spring-ai"),
    ],
)
def test_c1_a_marker_attribute_tells_the_dialect(attribute: str, value: Any, dialect: str) -> None:
    """C1: without a telling scope, an attribute that only one dialect writes decides."""
    scope = "opentelemetry.instrumentation.openai"

    assert dialect == row_of({**CHAT, attribute: value}, scope=scope)["dialect"]


@pytest.mark.parametrize(
    ("resource", "dialect"),
    [
        ({"service.name": "claude-code"}, "claude-code"),
        ({"service.name": "codex_vscode"}, "codex"),
        ({"service.name": "github-copilot"}, "copilot"),
        ({"service.name": "opencode"}, "opencode"),
        ({"service.name": "claude-platform"}, "claude-platform"),
        ({"telemetry.sdk.name": "openlit", "service.name": "shop"}, "openlit"),
        ({"telemetry.sdk.name": "opentelemetry", "service.name": "shop"}, "semconv"),
        ({"service.name": 7}, "semconv"),
    ],
)
def test_c1_a_resource_tells_the_dialect(resource: dict[str, Any], dialect: str) -> None:
    """C1: after the scope, the service's name or the SDK that its resource names."""
    assert dialect == row_of(CHAT, scope="somebody", resource=resource)["dialect"]


def test_c1_scope_then_resource_then_marker() -> None:
    """C1: the order of the signs."""
    attributes = {**CHAT, "llm.request.type": "chat"}
    resource = {"service.name": "claude-code"}

    assert ["pydantic-ai", "claude-code", "openllmetry"] == [
        row_of(attributes, scope=scope, resource=around)["dialect"]
        for scope, around in (("pydantic-ai", resource), ("somebody", resource), ("somebody", {}))
    ]


def test_c1_the_scope_beats_a_marker_attribute() -> None:
    """C1: an OpenInference scope stays OpenInference with OpenLLMetry's attributes on the span."""
    attributes = {**CHAT, "llm.request.type": "chat"}

    assert "openinference" == row_of(attributes, scope="openinference.instrumentation.x")["dialect"]


def test_c1_dialects_are_told_span_by_span() -> None:
    """C1: spans of one scope may speak several dialects."""
    specs = [
        SpanSpec(CHAT, 1),
        SpanSpec({**CHAT, "llm.request.type": "chat"}, 2),
        SpanSpec({**CHAT, "openinference.span.kind": "LLM", "traceloop.entity.name": "x"}, 3),
    ]

    assert ["semconv", "openllmetry", "openinference"] == [row["dialect"] for row in rows_of(*specs)]


LEAVES = [
    {"gen_ai.operation.name": "chat"},
    {"gen_ai.operation.name": "generate_content"},
    {"gen_ai.operation.name": "text_completion"},
    {"gen_ai.operation.name": "embeddings"},
    {"gen_ai.operation.name": "something_new"},
    {"llm.request.type": "chat"},
    {"llm.request.type": "completion"},
    {"llm.request.type": "embedding"},
    {"llm.request.type": "rerank"},
    {"llm.request.type": "chat", "traceloop.span.kind": "task"},
    {"openinference.span.kind": "LLM"},
    {"openinference.span.kind": "llm"},
    {"openinference.span.kind": "EMBEDDING"},
    {"gen_ai.operation.name": "chat.completions"},
    {"gen_ai.operation.name": "process_thread_run"},
    {"gen_ai.operation.type": "ai_client"},
    {"ai.operationId": "ai.streamText.doStream"},
    {"ai.operationId": "ai.embed.doEmbed"},
    {"langsmith.span.kind": "llm", "gen_ai.operation.name": "chat"},
    {"langsmith.span.kind": "embedding"},
    {"mastra.span.type": "model_generation"},
    {"langfuse.observation.type": "generation"},
    {"mlflow.spanType": '"LLM"'},
]
CONTAINERS = [
    {"gen_ai.operation.name": "invoke_agent"},
    {"gen_ai.operation.name": "invoke_workflow"},
    {"gen_ai.operation.name": "handle_conversation_turn"},
    {"gen_ai.operation.name": "plan"},
    {"gen_ai.operation.name": "execute_tool"},
    {"gen_ai.operation.name": "agent_step"},
    {"gen_ai.operation.name": "orchestrate_tools"},
    {"traceloop.span.kind": "workflow"},
    {"traceloop.span.kind": "tool", "gen_ai.operation.name": "chat"},
    {"openinference.span.kind": "CHAIN"},
    {"openinference.span.kind": "AGENT"},
    {"openinference.span.kind": "TOOL", "gen_ai.operation.name": "chat"},
    {"openinference.span.kind": "RETRIEVER"},
    {"gen_ai.operation.name": "execute_hook"},
    {"gen_ai.operation.name": "framework"},
    {"gen_ai.operation.name": "call_llm"},
    {"ai.operationId": "ai.generateText", "gen_ai.operation.name": "chat"},
    {"ai.operationId": "ai.embedMany"},
    {"ai.operationId": "ai.toolCall"},
    {"langsmith.span.kind": "chain", "gen_ai.operation.name": "chat"},
    {"langsmith.span.kind": "tool"},
    {"mastra.span.type": "model_step"},
    {"langfuse.observation.type": "span"},
    {"mlflow.spanType": '"CHAIN"'},
]
NEVER = ["create_agent", "fetch_response", "get_thread_run", "count_tokens"]


@pytest.mark.parametrize("attributes", LEAVES, ids=str)
def test_a_failed_leaf_without_usage_is_an_error_row(attributes: dict[str, str]) -> None:
    """C0: zero tokens, counted, with the class of the error where it is told, else _OTHER."""
    told = row_of({**attributes, "error.type": "RateLimitError"})
    [untold] = rows_of(SpanSpec(attributes, failed=True))

    assert [("RateLimitError", None, 0, 0), ("_OTHER", None, 0, 0)] == [
        (row["error_type"], row["reason"], row["input_tokens"], row["output_tokens"])
        for row in (told, untold)
    ]


@pytest.mark.parametrize("attributes", LEAVES, ids=str)
def test_a_successful_leaf_without_usage_is_kept_uncounted(attributes: dict[str, str]) -> None:
    """C0: reason no_usage, no error."""
    row = row_of(attributes)

    assert ("no_usage", None) == (row["reason"], row["error_type"])


@pytest.mark.parametrize("attributes", CONTAINERS, ids=str)
def test_c4_a_container_without_usage_is_no_row(attributes: dict[str, str]) -> None:
    """C4: agents, chains, steps and tools are no calls, whether they succeed or fail."""
    assert [] == rows_of(SpanSpec(attributes, 1), SpanSpec(attributes, 2, failed=True))


@pytest.mark.parametrize("operation", NEVER)
@pytest.mark.parametrize("failed", [False, True])
def test_c8_what_is_never_billed_is_kept_uncounted(operation: str, failed: bool) -> None:
    """C8: its usage repeats or estimates another call's: reason not_billed."""
    [row] = rows_of(SpanSpec({"gen_ai.operation.name": operation, **USAGE}, failed=failed))

    assert ("not_billed", 100, 20) == (row["reason"], row["input_tokens"], row["output_tokens"])


@pytest.mark.parametrize("operation", NEVER)
def test_c8_what_is_never_billed_is_no_row_without_usage(operation: str) -> None:
    """C8: neither a success nor a failure of it is a model call."""
    attributes = {"gen_ai.operation.name": operation}

    assert [] == rows_of(SpanSpec(attributes, 1), SpanSpec(attributes, 2, failed=True))


@pytest.mark.parametrize(
    "sign",
    [
        {"logfire.span_type": "pending_span"},
        {"litellm.cache_hit": True},
        {"litellm.cache_hit": "true"},
    ],
    ids=str,
)
def test_c8_start_notices_and_cached_answers_are_not_billed(sign: dict[str, Any]) -> None:
    """C8: a pending span repeats the one to come; LiteLLM's own cache asked no provider."""
    assert ("never", "not_billed") == tuple(row_of({**CHAT, **sign})[name] for name in ("role", "reason"))


def test_c8_a_call_that_missed_litellms_cache_is_billed() -> None:
    """C8: only `true` is a hit."""
    assert None is row_of({**CHAT, "litellm.cache_hit": False}, scope="litellm")["reason"]


NAMES = [
    ("com.anthropic.claude_code.tracing", "claude_code.llm_request", "leaf"),
    ("com.anthropic.claude_code.tracing", "claude_code.interaction", "container"),
    ("com.anthropic.claude_code.tracing", "claude_code.tool.execution", "tool"),
    ("codex_exec", "session_task.turn", "container"),
    ("codex_exec", "handle_responses", ""),
    ("qwen-code", "qwen-code.llm_request", "leaf"),
    ("qwen-code", "qwen-code.subagent", "agent"),
    ("litellm", "raw_gen_ai_request", "never"),
    ("openrouter", "LLM Generation", "leaf"),
    ("openrouter", "provider attempt 1: Azure", "never"),
    ("gcp.vertex.agent", "call_llm", "container"),
    ("pydantic-ai", "agent run", "agent"),
    ("pydantic-ai", "running tool: search", "tool"),
    ("vllm.llm_engine", "llm_request", "leaf"),
    ("com.anthropic.sdk.python", "anthropic.messages.count_tokens", "never"),
    ("somebody", "agent run", ""),
    ("somebody", "call_llm", ""),
]


@pytest.mark.parametrize(("scope", "name", "role"), NAMES)
def test_c4_the_name_of_a_span_tells_its_role_in_its_own_dialect(scope: str, name: str, role: str) -> None:
    """C4: names are common words, so each counts only where its dialect was recognised."""
    [row] = rows_of(SpanSpec(USAGE, name=name), scope=scope)

    assert role == row["role"]


def test_c4_an_aggregate_under_a_name_of_its_own_is_an_agents() -> None:
    """C4: gen_ai.aggregated_usage is on the span of a run, whatever that is called."""
    row = row_of({"gen_ai.aggregated_usage.input_tokens": 100, "gen_ai.aggregated_usage.output_tokens": 20})

    assert ("agent", 100, 20) == (row["role"], row["input_tokens"], row["output_tokens"])


def test_c8_a_failed_call_with_usage_is_counted() -> None:
    """C8: it was billed; the row has both its tokens and its error."""
    [row] = rows_of(SpanSpec(CHAT, failed=True))

    assert (None, "_OTHER", 100) == (row["reason"], row["error_type"], row["input_tokens"])


@pytest.mark.parametrize("failed", [False, True])
def test_a_span_that_says_nothing_of_models_is_no_row(failed: bool) -> None:
    """An HTTP span inside a tracking context is not a model call."""
    http = {"http.request.method": "GET", "server.address": "api.openai.com", "error.type": "500"}
    context = {"tokenlake.operation.type": "chat", "user.id": "ada", "tokenlake.channel": "web"}

    assert [] == rows_of(SpanSpec({}, 1, failed=failed), SpanSpec({**http, **context}, 2, failed=failed))


@pytest.mark.parametrize(
    ("attributes", "operation"),
    [
        ({"gen_ai.operation.name": "chat"}, "chat"),
        ({"gen_ai.operation.name": "completion"}, "chat"),
        ({"gen_ai.operation.name": "chat.completions"}, "chat"),
        ({"gen_ai.operation.name": "embedding"}, "embeddings"),
        ({"gen_ai.operation.name": "embeddings"}, "embeddings"),
        ({"gen_ai.operation.name": "text_completion"}, "text_completion"),
        ({"gen_ai.operation.name": "generate_content"}, "generate_content"),
        ({"gen_ai.operation.name": "Something_New"}, "Something_New"),
        ({"openinference.span.kind": "LLM"}, "chat"),
        ({"openinference.span.kind": "EMBEDDING"}, "embeddings"),
        ({"llm.request.type": "completion"}, "chat"),
        ({"llm.request.type": "embedding"}, "embeddings"),
        ({"llm.request.type": "rerank"}, "rerank"),
        ({"gen_ai.operation.name": "embeddings", "llm.request.type": "chat"}, "embeddings"),
        ({"llm.request.type": "embedding", "openinference.span.kind": "LLM"}, "embeddings"),
        ({"tokenlake.operation.type": "completion", "gen_ai.operation.name": "chat"}, "completion"),
        ({"tokenlake.operation.type": "LLM"}, "LLM"),
        ({"gen_ai.operation.name": "acompletion", "llm.request.type": "acompletion"}, "chat"),
        ({"gen_ai.operation.name": "aembedding"}, "embeddings"),
        ({"ai.operationId": "ai.generateText.doGenerate"}, "chat"),
        ({"ai.operationId": "ai.embed.doEmbed"}, "embeddings"),
        ({"langfuse.observation.type": "generation"}, "chat"),
        ({"langsmith.span.kind": "embedding"}, "embeddings"),
        ({}, None),
    ],
    ids=str,
)
def test_c10_operations_are_normalised(attributes: dict[str, str], operation: str | None) -> None:
    """C10: one spelling per operation, in the order of the table; an explicit one is kept as it is."""
    assert operation == row_of({**attributes, **USAGE})["operation_type"]
