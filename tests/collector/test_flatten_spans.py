"""Spans to rows: every column, times, ids, and what is refused."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.flattening import row_of, rows_of
from harness.otlp import CHAT, NOON_NS, SpanSpec, trace_bytes, trace_request
from tokenlake_collector.decode.records import decode
from tokenlake_collector.flatten.rows import ROW_SCHEMA
from tokenlake_collector.flatten.spans import FlatSpans, flatten_spans
from tokenlake_collector.signals import Signal

RICH = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "aws_bedrock",
    "gen_ai.request.model": "claude-sonnet-4-5",
    "gen_ai.response.model": "claude-sonnet-4-5-20250929",
    "gen_ai.response.id": "msg_01",
    "gen_ai.conversation.id": "session-123",
    "gen_ai.agent.name": "writer",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 500,
    "gen_ai.usage.cache_read.input_tokens": 700,
    "gen_ai.usage.cache_creation.input_tokens": 200,
    "gen_ai.usage.reasoning.output_tokens": 60,
    "user.id": "user-456",
    "anthropic.request.id": "req_01",
    "error.type": "timeout",
    "server.address": "bedrock.us-east-1.amazonaws.com",
    "tokenlake.channel": "telegram",
    "tokenlake.operation.type": "answer",
    "tokenlake.operation.detail": "step one",
    "tokenlake.endpoint.name": "bedrock-eu",
    "tokenlake.iteration": 3,
    "tokenlake.context_tokens": 1200,
    "tokenlake.estimated_cost": 0.0045,
    "team": "search",
    "input.value": "a prompt that must not be kept",
}
ROW = {
    "timestamp": datetime(2026, 5, 28, 20, 26, 40, 123456),
    "session_id": "session-123",
    "endpoint_name": "bedrock-eu",
    "model": "claude-sonnet-4-5-20250929",
    "operation_type": "answer",
    "operation_detail": "step one",
    "input_tokens": 1000,
    "output_tokens": 500,
    "cache_creation_tokens": 200,
    "cache_read_tokens": 700,
    "context_tokens": 1200,
    "iteration": 3,
    "channel": "telegram",
    "user_id": "user-456",
    "estimated_cost": 0.0045,
    "reported_cost": 0.0045,
    "reasoning_tokens": 60,
    "request_model": "claude-sonnet-4-5",
    "provider": "aws.bedrock",
    "response_id": "msg_01",
    "service_name": "agent",
    "agent_name": "writer",
    "error_type": "timeout",
    "duration_ms": 1500.25,
    "trace_id": UUID("0123456789abcdef0123456789abcdef"),
    "span_id": 0xFEDCBA9876543210,
    "parent_span_id": 0x8000000000000001,
    "dialect": "semconv",
    "signal": "span",
    "input_rule": "default",
    "attributes": '{"deployment.environment.name": "test", "team": "search"}',
    "role": "leaf",
    "scope": "my.app",
    "span_kind": 3,
    "request_id": "req_01",
    "service_instance": "pod-1",
    "series": None,
    "flags": None,
    "resource_session_id": "window-1",
    "reason": None,
}


def _flat(*requests: bytes) -> list[dict[str, Any]]:
    rows = flatten_spans(decode(Signal.TRACES, requests), len(requests)).rows
    found: list[dict[str, Any]] = rows.to_pylist()
    return found


def test_every_column_of_a_rich_span() -> None:
    """Each attribute lands in its column, times in microseconds and milliseconds, ids as numbers."""
    spec = SpanSpec(
        RICH,
        span_id=0xFEDCBA9876543210,
        trace_id=0x0123456789ABCDEF0123456789ABCDEF,
        parent_id=0x8000000000000001,
        start_ns=NOON_NS + 123_456_789,
        duration_ns=1_500_250_000,
        failed=True,
    )
    resource = {
        "service.name": "agent",
        "service.instance.id": "pod-1",
        "session.id": "window-1",
        "deployment.environment.name": "test",
    }
    [row] = _flat(trace_bytes(spec, scope="my.app", resource=resource))
    identity = row.pop("id")

    assert (ROW, UUID) == (row, type(identity))
    assert ["id", *ROW] == ROW_SCHEMA.names


def test_every_column_of_a_bare_span() -> None:
    """What is not reported is NULL; counts are 0; context is the input."""
    row = row_of({"gen_ai.usage.input_tokens": 5})
    told = {name: value for name, value in row.items() if value not in {None, 0, ""}}
    known = (
        "id",
        "timestamp",
        "duration_ms",
        "trace_id",
        "span_id",
        "span_kind",
        "dialect",
        "signal",
        "input_rule",
    )

    assert {"input_tokens": 5, "context_tokens": 5} == {k: v for k, v in told.items() if k not in known}
    assert (None, None, 0) == (row["estimated_cost"], row["reported_cost"], row["output_tokens"])


@pytest.mark.parametrize(
    ("start_ns", "end_ns", "duration_ms"),
    [
        (NOON_NS, NOON_NS, 0.0),
        (NOON_NS, NOON_NS + 1, 0.000001),
        (NOON_NS, NOON_NS + 999, 0.000999),
        (NOON_NS, NOON_NS - 1, None),
        (NOON_NS, 0, None),
    ],
)
def test_a_duration_is_never_negative(start_ns: int, end_ns: int, duration_ms: float | None) -> None:
    """An end before the start (or none) says nothing of the duration; the start stays the timestamp."""
    [row] = rows_of(SpanSpec(CHAT, start_ns=start_ns, duration_ns=end_ns - start_ns))

    assert (duration_ms, "2026-05-28 20:26:40") == (row["duration_ms"], str(row["timestamp"]))


def test_a_span_without_a_start_has_the_time_of_its_end() -> None:
    """A start of 0 is no start: the row must not be from 1970."""
    [row] = rows_of(SpanSpec(CHAT, start_ns=0, duration_ns=NOON_NS))

    assert "2026-05-28 20:26:40" == str(row["timestamp"])


@pytest.mark.parametrize("parent", [b"", bytes(8), b"\x01" * 7, b"\x01" * 9])
def test_a_parent_id_that_is_none_is_null(parent: bytes) -> None:
    """Absent, all zero or of the wrong length: no parent, and the span is kept."""
    request = trace_request(SpanSpec())
    request.resource_spans[0].scope_spans[0].spans[0].parent_span_id = parent
    rows = flatten_spans(decode(Signal.TRACES, [request.SerializeToString()]), 1).rows.to_pylist()

    assert [None] == [row["parent_span_id"] for row in rows]


def _request(*ids: tuple[bytes, bytes]) -> bytes:
    request = trace_request(*[SpanSpec() for _ in ids])
    for span, (trace_id, span_id) in zip(request.resource_spans[0].scope_spans[0].spans, ids, strict=True):
        span.trace_id, span.span_id = trace_id, span_id
    return request.SerializeToString()


def test_spans_with_bad_ids_are_refused_alone() -> None:
    """Per request, the bad ones are counted; all good ones of every request are rows."""
    trace, span = b"\x0a" * 16, b"\x0b" * 8
    bad = [
        (b"", span),
        (trace, b""),
        (trace[:15], span),
        (trace * 2, span),
        (trace, span * 2),
        (bytes(16), span),
    ]
    requests = [
        _request((trace, span), *bad),
        b"",
        _request((trace, bytes(8))),
        _request((trace, b"\x0c" * 8)),
    ]
    flat: FlatSpans = flatten_spans(decode(Signal.TRACES, requests), 4)

    assert [6, 0, 1, 0] == flat.refused.tolist()
    assert [0x0B0B0B0B0B0B0B0B, 0x0C0C0C0C0C0C0C0C] == flat.rows["span_id"].to_pylist()


@pytest.mark.parametrize(
    "requests", [[], [b""], [b"", trace_bytes(SpanSpec({}))]], ids=["none", "empty", "no call"]
)
def test_nothing_to_store_is_an_empty_batch(requests: Sequence[bytes]) -> None:
    """Also without rows the batch has all columns, and every request its count."""
    flat = flatten_spans(decode(Signal.TRACES, requests), len(requests))

    assert (0, ROW_SCHEMA, [0] * len(requests)) == (
        flat.rows.num_rows,
        flat.rows.schema,
        flat.refused.tolist(),
    )


SPECS = [
    SpanSpec(RICH, 1),
    SpanSpec({}, 2),
    SpanSpec({**CHAT, "llm.token_count.prompt": 70, "llm.token_count.prompt_details.cache_read": 60}, 3),
    SpanSpec({"openinference.span.kind": "LLM"}, 4, failed=True),
    SpanSpec({"llm.request.type": "chat", "user.id": 42}, 5),
    SpanSpec({"gen_ai.operation.name": "count_tokens", "gen_ai.usage.input_tokens": "12"}, 6),
    SpanSpec(CHAT, 1, trace_id=2),
    SpanSpec(
        {"ai.operationId": "ai.embed.doEmbed", "ai.usage.tokens": 7, "ai.model.provider": "openai.embedding"},
        7,
    ),
    SpanSpec({"langfuse.observation.usage_details": '{"input": 40, "cache_read_input_tokens": 60}'}, 8),
    SpanSpec({"gen_ai.usage.input_tokens": 40, "gen_ai.usage.cached_tokens": 60}, 9),
    SpanSpec({**CHAT, "gen_ai.provider.name": "gemini", "gen_ai.usage.total_tokens": 150}, 10),
]


@given(st.permutations(SPECS), st.integers(0, len(SPECS)))
def test_the_order_and_grouping_of_spans_change_no_row(specs: list[SpanSpec], cut: int) -> None:
    """However spans are sorted and spread over requests, the rows are the same."""
    rows = _flat(trace_bytes(*specs[:cut]), trace_bytes(*specs[cut:]))

    assert sorted(map(repr, _flat(trace_bytes(*SPECS)))) == sorted(map(repr, rows))
