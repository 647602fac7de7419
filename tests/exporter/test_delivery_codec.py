"""Spans that come back from the spool are the spans that went in."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

from tokenlake.delivery.codec import decode, encode

SCALARS = (
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
)
ATTRIBUTES = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    SCALARS
    | st.binary()
    | st.lists(SCALARS, max_size=3).map(tuple)
    | st.dictionaries(st.just("in"), SCALARS),
    max_size=4,
)
STATES = st.sampled_from([None, TraceState([("ot", "th:fd70a4"), ("vendor", "1")])])
TIMES = st.integers(0, 2**63 - 1)
CONTEXTS = st.builds(
    lambda trace_id, span_id, remote, state: SpanContext(
        trace_id, span_id, remote, TraceFlags(TraceFlags.SAMPLED), state
    ),
    st.integers(1, 2**128 - 1),
    st.integers(1, 2**64 - 1),
    st.booleans(),
    STATES,
)
RESOURCES = st.builds(Resource, ATTRIBUTES, st.sampled_from(["", "https://opentelemetry.io/schemas/1.30.0"]))
SCOPES = st.builds(InstrumentationScope, st.just("agent"), st.sampled_from([None, "1.2"]), st.just(""))
SPANS = st.builds(
    ReadableSpan,
    name=st.text(st.characters(exclude_categories=["Cs"])),
    context=CONTEXTS,
    parent=st.none() | CONTEXTS,
    resource=RESOURCES,
    attributes=ATTRIBUTES,
    events=st.lists(st.builds(Event, st.just("happened"), ATTRIBUTES, TIMES), max_size=2),
    links=st.lists(st.builds(Link, CONTEXTS, ATTRIBUTES), max_size=2),
    kind=st.sampled_from(SpanKind),
    status=st.sampled_from(
        [Status(StatusCode.UNSET), Status(StatusCode.OK), Status(StatusCode.ERROR, "why")]
    ),
    start_time=TIMES,
    end_time=TIMES,
    instrumentation_scope=SCOPES,
)


@given(st.lists(SPANS, max_size=4))
def test_there_and_back_is_the_same_request(spans: list[ReadableSpan]) -> None:
    """Encoding what was decoded gives the bytes that it was decoded from."""
    request = encode(spans)

    assert request == encode(decode(request))


@given(SPANS)
def test_a_span_keeps_what_it_says(span: ReadableSpan) -> None:
    """Names, ids, times and attributes are those of the span itself."""
    [back] = decode(encode([span]))

    assert facts(span) == facts(back)


def facts(span: ReadableSpan) -> tuple[Any, ...]:
    context = span.context
    assert context
    return (
        span.name,
        context.trace_id,
        context.span_id,
        span.parent.span_id if span.parent else None,
        span.kind,
        span.start_time,
        span.end_time,
        dict(span.attributes or {}),
        span.status.status_code,
    )
