"""Hypothesis strategies for valid requests of every signal, with GenAI attributes of any content."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from harness.captures import Request
from harness.otlp import CHAT, any_value, key_values
from harness.otlp_points import PointSpec
from tokenlake_collector.signals import Signal

_KEYS = st.sampled_from(
    [
        *CHAT,
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.response.id",
        "gen_ai.conversation.id",
        "tokenlake.context_tokens",
        "tokenlake.estimated_cost",
        "tokenlake.iteration",
        "llm.token_count.prompt",
        "event.name",
        "request_id",
        "input_tokens",
        "cost_usd",
        "duration_ms",
        "user.id",
        "error.type",
        "tags",
    ]
)
# JSON has one NaN, IEEE 754 has many.
_FLOATS = st.floats().map(lambda number: math.nan if math.isnan(number) else number)
_INTEGERS = st.integers(-(2**63), 2**63 - 1)
_VALUES: st.SearchStrategy[Any] = (
    st.integers(0, 5000)
    | st.sampled_from([2**63 - 1, -(2**63), 2**53 - 1, 2**53, -1])
    | st.sampled_from([1e308, -1e308, 5e-324, 0.5, 5.0, float("nan"), float("inf")])
    | st.sampled_from(["5", "-5", " 5 ", "5.0", "1e3", "9" * 40, "NaN", "\0", "\U0010ffff", "chat"])
    | _INTEGERS
    | _FLOATS
    | st.text(max_size=8)
    | st.booleans()
    | st.none()
    | st.lists(st.integers(0, 9) | st.text(max_size=3), max_size=3)
)
_ATTRIBUTES = st.builds(
    lambda usual, own: usual | own,
    st.sampled_from([{}, CHAT]),
    st.dictionaries(_KEYS, _VALUES, max_size=6),
)
_SECOND_NS = 1_000_000_000
_TIMES = st.sampled_from(
    [0, 1, 999, _SECOND_NS, 1_780_000_000 * _SECOND_NS, 2**63 - 1, 2**63, 2**64 - 1]
) | st.integers(0, 2**64 - 1)
_FEW_IDS = st.integers(0, 3)
"""Ids of few values, so that reports meet their relatives and themselves again."""


def exports() -> st.SearchStrategy[Request]:
    """A request of any signal, with up to three records."""
    return st.one_of(_requests(_SPANS, _trace), _requests(_LOGS, _log), _requests(_POINTS, _metric))


def _ids(size: int) -> st.SearchStrategy[bytes]:
    return _FEW_IDS.map(lambda number: number.to_bytes(size, "big")) | st.binary(max_size=size + 1)


_SPANS = st.builds(
    Span,
    trace_id=_ids(16),
    span_id=_ids(8),
    parent_span_id=_ids(8),
    kind=st.integers(-(2**31), 2**31 - 1),
    start_time_unix_nano=_TIMES,
    end_time_unix_nano=_TIMES,
    attributes=_ATTRIBUTES.map(key_values),
)
_LOGS = st.builds(
    LogRecord,
    trace_id=_ids(16),
    span_id=_ids(8),
    time_unix_nano=_TIMES,
    observed_time_unix_nano=_TIMES,
    event_name=st.sampled_from(["", "api_request", "gen_ai.client.inference.operation.details"]),
    body=_VALUES.map(any_value),
    attributes=_ATTRIBUTES.map(key_values),
)
_POINTS = st.builds(
    PointSpec,
    name=st.sampled_from(["claude_code.token.usage", "gen_ai.client.token.usage", "other"]),
    value=_FLOATS | _INTEGERS.map(float),
    attributes=st.builds(
        lambda kind, own: {"type": kind} | own,
        st.sampled_from(["input", "output", "cacheRead", "x"]),
        st.dictionaries(_KEYS, _VALUES, max_size=3),
    ),
    kind=st.sampled_from(["sum", "gauge", "histogram", "exponential_histogram", "summary"]),
    temporality=st.integers(0, 3),
    start_ns=_TIMES,
    end_ns=_TIMES,
).map(PointSpec.metric)


def _requests(
    records: st.SearchStrategy[Any], build: Callable[[str, list[Any]], Request]
) -> st.SearchStrategy[Request]:
    scopes = st.sampled_from(
        ["", "com.anthropic.claude_code", "com.anthropic.claude_code.events", "openinference"]
    )
    return st.builds(build, scopes, st.lists(records, max_size=3))


def _trace(scope: str, spans: list[Any]) -> Request:
    request = ExportTraceServiceRequest()
    scoped = request.resource_spans.add().scope_spans.add(spans=spans)
    scoped.scope.name = scope
    return Request(Signal.TRACES, request.SerializeToString())


def _log(scope: str, records: list[Any]) -> Request:
    request = ExportLogsServiceRequest()
    scoped = request.resource_logs.add().scope_logs.add(log_records=records)
    scoped.scope.name = scope
    return Request(Signal.LOGS, request.SerializeToString())


def _metric(scope: str, metrics: list[Any]) -> Request:
    request = ExportMetricsServiceRequest()
    scoped = request.resource_metrics.add().scope_metrics.add(metrics=metrics)
    scoped.scope.name = scope
    return Request(Signal.METRICS, request.SerializeToString())
