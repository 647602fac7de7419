"""Build OTLP trace requests from a few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

NOON_NS = 1_780_000_000_000_000_000
"""2026-05-28 20:26:40 UTC."""

CHAT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-5",
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.output_tokens": 20,
}
"""The attributes of an ordinary model call."""


@dataclass(frozen=True)
class SpanSpec:
    """One span; times in nanoseconds since 1970, ids as numbers."""

    attributes: Mapping[str, Any] = field(default_factory=lambda: dict(CHAT))
    span_id: int = 1
    trace_id: int = 1
    parent_id: int = 0
    start_ns: int = NOON_NS
    duration_ns: int = 1_000_000_000
    kind: int = 3
    failed: bool = False
    name: str = "a span"
    trace_state: str = ""

    def message(self) -> Span:
        """Return the protobuf message."""
        message = Span(
            trace_id=self.trace_id.to_bytes(16, "big"),
            span_id=self.span_id.to_bytes(8, "big"),
            parent_span_id=self.parent_id.to_bytes(8, "big") if self.parent_id else b"",
            name=self.name,
            trace_state=self.trace_state,
            kind=self.kind,  # type: ignore[arg-type]  # tests send numbers that no enum has
            start_time_unix_nano=self.start_ns,
            end_time_unix_nano=self.start_ns + self.duration_ns,
            attributes=key_values(self.attributes),
        )
        if self.failed:
            message.status.code = 2  # type: ignore[assignment]  # STATUS_CODE_ERROR
        return message


def trace_request(
    *spans: SpanSpec,
    scope: str = "",
    scope_version: str = "",
    resource: Mapping[str, Any] | None = None,
) -> ExportTraceServiceRequest:
    """Return a request with one resource and one scope."""
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    resource_spans.resource.attributes.extend(key_values(resource or {}))
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name, scope_spans.scope.version = scope, scope_version
    scope_spans.spans.extend(span.message() for span in spans)
    return request


def trace_bytes(*spans: SpanSpec, **options: Any) -> bytes:
    """Return the same as wire bytes."""
    return trace_request(*spans, **options).SerializeToString()


def key_values(attributes: Mapping[str, Any]) -> Sequence[KeyValue]:
    """Return attributes as OTLP has them."""
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def any_value(value: Any) -> AnyValue:
    """Return a str, bool, int, float, bytes, list or None as OTLP has it."""
    if value is None:
        return AnyValue()
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=[any_value(item) for item in value]))
    return AnyValue(**{_FIELDS[type(value)]: value})


_FIELDS: dict[type, str] = {
    str: "string_value",
    bool: "bool_value",
    int: "int_value",
    float: "double_value",
    bytes: "bytes_value",
}
