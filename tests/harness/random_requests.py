"""Hypothesis strategies for OTLP trace requests of every shape that the protocol allows."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from harness.otlp import any_value

UNKNOWN_FIELDS = b"\xa2\x3f\x03new\xf8\x3e\x07"
"""Two fields that no OTLP message has yet: 1012 (a string) and 1007 (a number)."""

_TIMES = st.integers(0, 2**64 - 1)
_SCALARS = (
    st.text(max_size=8)
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.binary(max_size=4)
    | st.none()
)
_VALUES: st.SearchStrategy[AnyValue] = (_SCALARS | st.lists(_SCALARS, max_size=3)).map(any_value)


def attributes() -> st.SearchStrategy[list[KeyValue]]:
    """Attributes with any value, or with none at all."""
    pair = st.builds(KeyValue, key=st.text(max_size=8), value=st.none() | _VALUES)
    return st.lists(pair, max_size=3)


def spans() -> st.SearchStrategy[Span]:
    """Spans whose ids may have any length; fields that nobody reads are filled too."""
    return st.builds(
        Span,
        trace_id=st.binary(max_size=17),
        span_id=st.binary(max_size=9),
        parent_span_id=st.binary(max_size=9),
        name=st.text(max_size=8),
        kind=st.sampled_from([0, 3, 77]),
        start_time_unix_nano=_TIMES,
        end_time_unix_nano=_TIMES,
        attributes=attributes(),
        status=st.none() | st.builds(Status, code=st.sampled_from([0, 1, 2, 9]), message=st.text(max_size=3)),
        events=st.lists(st.builds(Span.Event, name=st.text(max_size=3), attributes=attributes()), max_size=1),
        links=st.lists(st.builds(Span.Link, trace_id=st.binary(max_size=16)), max_size=1),
    ).flatmap(_perhaps_newer)


def payloads() -> st.SearchStrategy[Sequence[bytes]]:
    """Several requests as wire bytes; resources, scopes and spans may be missing at every level."""
    scope = st.builds(InstrumentationScope, name=st.text(max_size=5), version=st.text(max_size=5))
    scope_spans = st.builds(ScopeSpans, scope=st.none() | scope, spans=st.lists(spans(), max_size=3))
    resource = st.builds(Resource, attributes=attributes())
    resource_spans = st.builds(
        ResourceSpans, resource=st.none() | resource, scope_spans=st.lists(scope_spans, max_size=2)
    )
    request = st.builds(ExportTraceServiceRequest, resource_spans=st.lists(resource_spans, max_size=2))
    wire = request.map(ExportTraceServiceRequest.SerializeToString)
    return st.lists(wire | wire.map(lambda payload: payload + UNKNOWN_FIELDS), max_size=3)


def _perhaps_newer(span: Span) -> st.SearchStrategy[Span]:
    newer = Span.FromString(span.SerializeToString() + UNKNOWN_FIELDS)
    return st.sampled_from([span, newer])
