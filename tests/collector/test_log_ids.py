"""Ids of log records: the same report always gets the same id, different ones never share it (rule C8)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.otlp import NOON_NS
from harness.otlp_logs import LogSpec, log_bytes, log_row, log_rows

CODEX = {
    "event.name": "codex.sse_event",
    "event.kind": "response.completed",
    "input_token_count": 9000,
    "output_token_count": 700,
    "conversation.id": "conv-1",
}
CLAUDE_CODE = {"event.name": "api_request", "input_tokens": 5, "cache_read_tokens": 7, "session.id": "s"}
RESOURCE = {"service.name": "codex_cli_rs", "host.name": "h", "env": "dev"}


def codex_id(attributes: dict[str, Any] | None = None, **options: Any) -> Any:
    return log_row(CODEX | (attributes or {}), **({"resource": RESOURCE} | options))["id"]


def claude_code_id(request_id: str | None, **attributes: Any) -> Any:
    return log_row(CLAUDE_CODE | {"request_id": request_id} | attributes, body="claude_code.api_request")[
        "id"
    ]


@given(st.permutations(list(CODEX.items())), st.permutations(list(RESOURCE.items())))
def test_c8_the_order_of_attributes_changes_no_id(own: list[Any], resource: list[Any]) -> None:
    """Attributes are a set, on the record and on its resource."""
    assert codex_id() == log_row(dict(own), resource=dict(resource))["id"]


@given(st.permutations(range(6)), st.integers(0, 6), st.integers(0, 6))
def test_c8_batching_changes_no_id(order: list[int], first: int, second: int) -> None:
    """The same six records, in any order and in any three requests, have the same ids."""
    logs = [LogSpec(CODEX, time_ns=NOON_NS + number) for number in range(6)]
    singly = {row["id"] for log in logs for row in log_rows(log_bytes(log, resource=RESOURCE))}
    mixed, [low, high] = [logs[place] for place in order], sorted((first, second))
    parts = (mixed[:low], mixed[low:high], mixed[high:])
    together = [row["id"] for row in log_rows(*(log_bytes(*part, resource=RESOURCE) for part in parts))]

    assert 6 == len(singly)
    assert sorted(singly) == sorted(together)


@pytest.mark.parametrize(
    "other",
    [
        {"time_ns": NOON_NS + 1},
        {"attributes": {"output_token_count": 701}},
        {"attributes": {"output_token_count": "700"}},
        {"attributes": {"event.name": "codex.websocket_event"}},
        {"resource": RESOURCE | {"host.name": "another"}},
        {"trace_id": b"\x01" * 16},
        {"span_id": b"\x01" * 8},
    ],
)
def test_c8_another_record_has_another_id(other: dict[str, Any]) -> None:
    """Time, name, attributes, resource and place in the trace tell records apart."""
    assert codex_id() != codex_id(**other)


def test_c8_a_request_id_is_the_identity() -> None:
    """C8: exporters resend, and a record that is written twice for one request is one report."""
    assert claude_code_id("req_01") == claude_code_id("req_01", **{"session.id": "other"})
    assert claude_code_id("req_01") != claude_code_id("req_02")


def test_c8_a_failed_and_a_finished_record_of_one_request_are_one_report() -> None:
    """The store keeps the one with the most tokens of reports with one id."""
    failed = {"event.name": "api_error", "request_id": "req_01"}

    assert claude_code_id("req_01") == log_row(failed, body="claude_code.api_error")["id"]


@pytest.mark.parametrize("request_id", ["r", "42", "chatcmpl-417"])
def test_c8_a_short_request_id_proves_nothing(request_id: str) -> None:
    """C4: servers that only look like the provider hand out small random numbers, which repeat."""
    assert claude_code_id(request_id) != claude_code_id(request_id, **{"session.id": "other"})


def test_c8_a_long_request_id_of_another_provider_is_taken() -> None:
    """Bedrock's request ids are UUIDs."""
    aws = "a54ff32e-8a5c-4f2b-9d0e-4c2a6f1b7d11"

    assert claude_code_id(aws) == claude_code_id(aws, **{"session.id": "other"})


def test_c8_a_copy_never_takes_the_place_of_what_it_copies() -> None:
    """A record that is never counted has an id of its own, even with the same request id."""
    shared = {"anthropic.request.id": "req_01", "gen_ai.usage.input_tokens": 5}
    details = "gen_ai.client.inference.operation.details"
    counted = log_row(shared, event_name=details, resource={"service.name": "copilot-chat"})
    copied = log_row(shared | {"event.name": "copilot_chat.agent.turn"})

    assert counted["request_id"] == copied["request_id"] == "req_01"
    assert counted["id"] != copied["id"]
