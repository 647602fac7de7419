"""Which attribute fills which column (rule C10)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.flattening import row_of
from harness.otlp import CHAT, SpanSpec, trace_bytes
from tokenlake_collector.decode.records import decode
from tokenlake_collector.flatten.spans import flatten_spans
from tokenlake_collector.signals import Signal

EXPLICIT = {"tokenlake.endpoint.name": "mine"}
SERVER = {"server.address": "api.example.com"}
TEXTS: list[tuple[dict[str, Any], str, Any]] = [
    ({**EXPLICIT, **SERVER, "gen_ai.provider.name": "openai"}, "endpoint_name", "mine"),
    ({**SERVER, "gen_ai.provider.name": "az.ai.openai"}, "endpoint_name", "azure.ai.openai"),
    (SERVER, "endpoint_name", "api.example.com"),
    ({}, "endpoint_name", None),
    (
        {"tokenlake.endpoint.name": "", "gen_ai.provider.name": "", **SERVER},
        "endpoint_name",
        "api.example.com",
    ),
    ({"gen_ai.provider.name": "openai", "gen_ai.system": "az.ai.openai"}, "provider", "openai"),
    ({"gen_ai.system": "vertex_ai"}, "provider", "gcp.vertex_ai"),
    ({"gen_ai.system": "somebody"}, "provider", "somebody"),
    ({"llm.provider": "azure", "llm.system": "openai"}, "provider", "azure.ai.openai"),
    ({"llm.system": "openai"}, "provider", "openai"),
    ({"gen_ai.request.model": "asked", "gen_ai.response.model": "answered"}, "model", "answered"),
    ({"gen_ai.request.model": "asked", "gen_ai.response.model": ""}, "model", "asked"),
    ({"llm.response.model_name": "a", "llm.model_name": "b", "llm.request.model_name": "c"}, "model", "a"),
    ({"llm.model_name": "b", "llm.request.model_name": "c"}, "model", "b"),
    ({"llm.request.model_name": "c"}, "model", "c"),
    ({"llm.request.model": "oldest"}, "model", "oldest"),
    ({"embedding.model_name": "e"}, "model", "e"),
    ({"gen_ai.conversation.id": "c", "tokenlake.session.id": "ours"}, "session_id", "ours"),
    ({"gen_ai.conversation.id": "c", "session.id": "s"}, "session_id", "c"),
    ({"session.id": "s", "traceloop.association.properties.session_id": "t"}, "session_id", "s"),
    ({"traceloop.association.properties.chat_id": "t"}, "session_id", "t"),
    ({"session.id": 7}, "session_id", "7"),
    ({"user.id": "u", "enduser.id": "e"}, "user_id", "u"),
    ({"enduser.id": "e", "traceloop.association.properties.user_id": "t"}, "user_id", "e"),
    ({"traceloop.association.properties.user_id": "t"}, "user_id", "t"),
    ({"user.id": 42}, "user_id", "42"),
    ({"user.id": ["a"], "enduser.id": "e"}, "user_id", "e"),
    ({"gen_ai.agent.name": "writer", "gen_ai.workflow.name": "w"}, "operation_detail", "writer"),
    ({"gen_ai.workflow.name": "w"}, "operation_detail", "w"),
    ({"traceloop.entity.name": "e", "traceloop.workflow.name": "w"}, "operation_detail", "e"),
    ({"agent.name": "oi"}, "agent_name", "oi"),
    ({"tokenlake.context_tokens": 9}, "context_tokens", 9),
    ({"tokenlake.context_tokens": "nine"}, "context_tokens", 5),
    ({"tokenlake.iteration": 2**31 - 1}, "iteration", 2147483647),
    (
        {"tokenlake.estimated_cost": 0.5, "gen_ai.usage.cost": 0.4, "llm.cost.total": 0.3},
        "estimated_cost",
        0.5,
    ),
    ({"gen_ai.usage.cost": "0.4", "llm.cost.total": 0.3}, "reported_cost", 0.4),
    ({"llm.cost.total": 0.3}, "estimated_cost", 0.3),
]
ORDERS: dict[str, tuple[str, ...]] = {
    # The table of C10, row by row; names that it does not list stand after these.
    "session_id": (
        "gen_ai.conversation.id",
        "session.id",
        "langfuse.session.id",
        "conversation.id",
        "traceloop.association.properties.session_id",
        "traceloop.association.properties.conversation_id",
        "traceloop.association.properties.thread_id",
        "traceloop.association.properties.chat_id",
        "ai.telemetry.metadata.sessionId",
        "ai.telemetry.metadata.session_id",
        "ai.telemetry.metadata.threadId",
        "ai.telemetry.metadata.chatId",
        "langsmith.metadata.session_id",
        "langsmith.metadata.thread_id",
        "langsmith.metadata.conversation_id",
        "gcp.vertex.agent.session_id",
        "copilot_chat.chat_session_id",
        "anthropic.session.id",
        "ulid",
    ),
    "user_id": (
        "user.id",
        "enduser.id",
        "langfuse.user.id",
        "gen_ai.user.id",
        "traceloop.association.properties.user_id",
        "ai.telemetry.metadata.userId",
        "litellm.end_user.id",
        "metadata.user_api_key_user_id",
        "user.account_uuid",
        "user.account_id",
        "user.email",
    ),
    "model": (
        "gen_ai.response.model",
        "ai.response.model",
        "llm.response.model_name",
        "llm.model_name",
        "embedding.model_name",
        "gen_ai.request.model",
        "ai.model.id",
        "llm.request.model_name",
        "model",
    ),
    "provider": (
        "gen_ai.provider.name",
        "gen_ai.system",
        "llm.provider",
        "llm.system",
        "ai.model.provider",
        "gen_ai.model.provider",
        "provider",
    ),
    "operation_detail": (
        "tokenlake.operation.detail",
        "gen_ai.agent.name",
        "traceloop.entity.name",
        "ai.telemetry.functionId",
        "agent.name",
        "query_source",
        "skill.name",
    ),
    "response_id": ("gen_ai.response.id", "ai.response.id"),
    "request_id": ("anthropic.request.id", "gen_ai.request.id", "request_id"),
}
COSTS = (
    "tokenlake.estimated_cost",
    "cost_usd",
    "gen_ai.usage.cost",
    "gen_ai.usage.total_cost",
    "gen_ai.cost.total_cost",
    "gen_ai.cost.total",
    "totalCost",
    "llm.cost.total",
    "operation.cost",
)


@pytest.mark.parametrize(("attributes", "column", "expected"), TEXTS, ids=str)
def test_c10_a_column_takes_its_first_attribute(
    attributes: dict[str, Any], column: str, expected: Any
) -> None:
    """C10: the order of the tables; empty strings are absent, other scalars become text."""
    assert expected == row_of({"gen_ai.usage.input_tokens": 5, **attributes})[column]


@pytest.mark.parametrize(
    ("own", "expected"),
    [({"session.id": "span"}, "span"), ({}, None), ({"session.id": ""}, None)],
)
def test_c10_the_session_of_the_resource_is_kept_apart(own: dict[str, str], expected: str | None) -> None:
    """C10: a process-wide session comes last, after the sessions of ancestors."""
    records = decode(
        Signal.TRACES, [trace_bytes(SpanSpec({**CHAT, **own}), resource={"session.id": "window"})]
    )
    [row] = flatten_spans(records, 1).rows.to_pylist()

    assert (expected, "window") == (row["session_id"], row["resource_session_id"])


@pytest.mark.parametrize("column", ORDERS)
@given(data=st.data())
def test_c10_of_several_names_the_first_of_the_table_is_taken(column: str, data: st.DataObject) -> None:
    """C10: whichever subset is sent, in whatever order."""
    names = ORDERS[column]
    sent = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    row = row_of({"gen_ai.usage.input_tokens": 5, **{name: f"x{names.index(name)}" for name in sent}})

    assert f"x{min(map(names.index, sent))}" == row[column]


@given(data=st.data())
def test_c9_of_several_costs_the_first_of_the_table_is_taken(data: st.DataObject) -> None:
    """C9: one of them is reported, never a sum."""
    sent = data.draw(st.lists(st.sampled_from(COSTS), min_size=1, unique=True))
    row = row_of({"gen_ai.usage.input_tokens": 5, **{name: COSTS.index(name) + 0.5 for name in sent}})

    assert min(map(COSTS.index, sent)) + 0.5 == row["reported_cost"]


def test_c9_a_cost_in_millionths_is_scaled_to_usd() -> None:
    """C9: 1,500 millionths are 0.0015 USD, and beat the rounded cost beside them."""
    assert 0.0015 == row_of({**CHAT, "cost_usd_micros": 1500, "cost_usd": 0.002})["reported_cost"]


@pytest.mark.parametrize(
    ("attributes", "cost"),
    [
        ({"langfuse.observation.cost_details": '{"input": 0.1, "total": 0.3}'}, 0.3),
        ({"mlflow.llm.cost": '{"input_cost": 0.1, "total_cost": 0.3}'}, 0.3),
        ({"mlflow.llm.cost": "{"}, None),
    ],
)
def test_c9_a_cost_inside_json(attributes: dict[str, str], cost: float | None) -> None:
    """C9: the total of the object; what is no JSON is absent."""
    assert cost == row_of({**CHAT, **attributes})["reported_cost"]


@pytest.mark.parametrize(
    ("spelling", "provider"),
    [
        ("OpenAI", "openai"),
        ("openai.responses", "openai"),
        ("google.generative-ai", "gcp.gemini"),
        ("google.vertex.chat", "gcp.vertex_ai"),
        ("amazon-bedrock", "aws.bedrock"),
        ("xai.chat", "x_ai"),
        ("AWS", "aws.bedrock"),
        ("azure.ai.openai", "azure.ai.openai"),
        ("gcp.vertex.agent", "gcp.vertex.agent"),
        ("Somebody.else", "Somebody.else"),
    ],
)
def test_c10_providers_have_one_spelling(spelling: str, provider: str) -> None:
    """C10: case and what stands behind a dot do not matter where the provider is known."""
    assert provider == row_of({**CHAT, "gen_ai.provider.name": spelling})["provider"]


def test_c10_claude_codes_span_names_its_request() -> None:
    """C10: there the response id is the provider's request id, which its log carries too."""
    attributes = {"input_tokens": 5, "gen_ai.response.id": "req_011"}
    row = row_of(attributes, scope="com.anthropic.claude_code.tracing")

    assert ("req_011", None) == (
        row["request_id"],
        row_of({**CHAT, "gen_ai.response.id": "req_011"})["request_id"],
    )


@pytest.mark.parametrize(
    ("output", "response_id"),
    [
        ('{"id":"chatcmpl-17","choices":[]}', "chatcmpl-17"),
        ('{ "id" : "msg_01A", "content": []}', "msg_01A"),
        ('{"choices": [], "id": "chatcmpl-17", "object": "chat.completion.chunk"}', "chatcmpl-17"),
        ('{"generations": [[{"id": ["AIMessage"]}]], "llm_output": {"id": "chatcmpl-17"}}', "chatcmpl-17"),
        ('{"content": [{"id": "msg_part"}], "response_metadata": {"id": "resp_17"}}', "resp_17"),
        ('{"generations": [[{"kwargs": {"id": "lc_run--1", "meta": {"id": "msg_01A"}}}]]}', "msg_01A"),
        (r'{"content": "{\"id\": \"chatcmpl-17\"}"}', None),
        ('{"id": "my customer number 4711"}', None),
        ('{"name": "chatcmpl-17"}', None),
        ("chatcmpl-17", None),
    ],
)
def test_c5_openinference_has_the_response_id_in_its_output(output: str, response_id: str | None) -> None:
    """C5: only what has the form of a provider's id is taken out of the content."""
    attributes = {"openinference.span.kind": "LLM", "llm.token_count.prompt": 5, "output.value": output}

    assert response_id == row_of(attributes)["response_id"]
