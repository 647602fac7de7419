"""Spans as the bytes of an OTLP request, and back.

Back, because the SDK's exporters take spans and nothing else. To post the bytes ourselves would need either
a second OTLP client or the exporters' private parts, which were renamed between 1.30 and 1.45;
`export(spans)` is the one interface that all versions have, and it brings the user's headers, TLS, timeout
and compression along.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

_IS_REMOTE = trace_pb2.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK


def encode(spans: Sequence[ReadableSpan]) -> bytes:
    """Return the spans as an ExportTraceServiceRequest.

    Raises:
        Exception: whatever the SDK's encoder raises about a span that cannot be encoded.
    """
    return encode_spans(spans).SerializeToString()


def encodable(spans: Iterable[ReadableSpan]) -> list[ReadableSpan]:
    """Return those spans that can be encoded, so that one bad name does not lose its whole batch."""
    return [span for span in spans if _is_encodable(span)]


def decode(content: bytes) -> list[ReadableSpan]:
    """Return spans that encode to the same request; only the SDK's counts of dropped attributes are lost.

    Raises:
        google.protobuf.message.DecodeError: when it is no such request.
    """
    return [
        _span(span, resource, scope)
        for of_resource in ExportTraceServiceRequest.FromString(content).resource_spans
        for resource in [Resource(_attributes(of_resource.resource.attributes), of_resource.schema_url)]
        for of_scope in of_resource.scope_spans
        for scope in [_scope(of_scope)]
        for span in of_scope.spans
    ]


def _is_encodable(span: ReadableSpan) -> bool:
    try:
        encode([span])
    except Exception:  # noqa: BLE001  # the encoder raises what protobuf, or a caller's own object, raises
        return False
    return True


def _scope(found: trace_pb2.ScopeSpans) -> InstrumentationScope:
    scope = found.scope
    return InstrumentationScope(
        scope.name, scope.version, found.schema_url, _attributes(scope.attributes) or None
    )


def _span(span: trace_pb2.Span, resource: Resource, scope: InstrumentationScope) -> ReadableSpan:
    state = TraceState.from_header([span.trace_state]) if span.trace_state else None
    return ReadableSpan(
        name=span.name,
        context=_context(span.trace_id, span.span_id, is_remote=False, state=state),
        parent=_parent(span),
        resource=resource,
        attributes=_attributes(span.attributes),
        events=[_event(event) for event in span.events],
        links=[_link(link) for link in span.links],
        # OTLP counts from 1, with 0 for unspecified.
        kind=SpanKind(max(span.kind - 1, 0)),
        status=Status(StatusCode(span.status.code), span.status.message or None),
        start_time=span.start_time_unix_nano,
        end_time=span.end_time_unix_nano,
        instrumentation_scope=scope,
    )


def _context(trace_id: bytes, span_id: bytes, *, is_remote: bool, state: TraceState | None) -> SpanContext:
    return SpanContext(
        int.from_bytes(trace_id, "big"),
        int.from_bytes(span_id, "big"),
        is_remote,
        TraceFlags(TraceFlags.SAMPLED),  # what is not sampled was never queued
        state,
    )


def _parent(span: trace_pb2.Span) -> SpanContext | None:
    if not span.parent_span_id:
        return None
    remote = bool(span.flags & _IS_REMOTE)
    return _context(span.trace_id, span.parent_span_id, is_remote=remote, state=None)


def _event(event: trace_pb2.Span.Event) -> Event:
    return Event(event.name, _attributes(event.attributes), event.time_unix_nano)


def _link(link: trace_pb2.Span.Link) -> Link:
    remote = bool(link.flags & _IS_REMOTE)
    state = TraceState.from_header([link.trace_state]) if link.trace_state else None
    return Link(
        _context(link.trace_id, link.span_id, is_remote=remote, state=state), _attributes(link.attributes)
    )


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return tuple(_value(item) for item in value.array_value.values)
    if kind == "kvlist_value":
        return _attributes(value.kvlist_value.values)
    return getattr(value, kind)
