"""Which attribute fills which column (rule C10)."""

from typing import Any

import pytest

from harness.flattening import row_of
from harness.otlp import CHAT

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


@pytest.mark.parametrize(("attributes", "column", "expected"), TEXTS, ids=str)
def test_c10_a_column_takes_its_first_attribute(
    attributes: dict[str, Any], column: str, expected: Any
) -> None:
    """C10: the order of the tables; empty strings are absent, other scalars become text."""
    assert expected == row_of({"gen_ai.usage.input_tokens": 5, **attributes})[column]


@pytest.mark.parametrize(
    ("own", "expected"),
    [({"session.id": "span"}, "span"), ({}, "resource"), ({"session.id": ""}, "resource")],
)
def test_c10_the_session_of_the_resource_comes_last(own: dict[str, str], expected: str) -> None:
    """C10: a process-wide session is used only where the span has none."""
    assert expected == row_of({**CHAT, **own}, resource={"session.id": "resource"})["session_id"]
