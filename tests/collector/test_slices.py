"""A large request in parts holds the same records, in order, each with its resource and scope."""

from __future__ import annotations

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tokenlake_collector.decode import slices
from tokenlake_collector.decode.slices import sliced

REQUESTS: list[tuple[type[Message], tuple[str, str, str]]] = [
    (ExportTraceServiceRequest, ("resource_spans", "scope_spans", "spans")),
    (ExportLogsServiceRequest, ("resource_logs", "scope_logs", "log_records")),
    (ExportMetricsServiceRequest, ("resource_metrics", "scope_metrics", "metrics")),
]


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut at 200 bytes: what is true of megabytes is true of these."""
    monkeypatch.setattr(slices, "SLICE_BYTES", 200)


def records(message: Message, levels: tuple[str, str, str]) -> list[tuple[bytes, bytes, bytes]]:
    """Return every record with its resource and scope, serialised."""
    outer, middle, inner = levels
    return [
        (resource.resource.SerializeToString(), scope.scope.SerializeToString(), record.SerializeToString())
        for resource in getattr(message, outer)
        for scope in getattr(resource, middle)
        for record in getattr(scope, inner)
    ]


@st.composite
def requests(draw: st.DrawFn) -> tuple[type[Message], tuple[str, str, str], bytes]:
    kind, levels = draw(st.sampled_from(REQUESTS))
    outer, middle, inner = levels
    message = kind()
    for _ in range(draw(st.integers(0, 3))):
        resource = getattr(message, outer).add(schema_url="r" * draw(st.integers(0, 30)))
        resource.resource.attributes.add(key="k" * draw(st.integers(1, 150)))
        for _ in range(draw(st.integers(0, 3))):
            scope = getattr(resource, middle).add(schema_url="s" * draw(st.integers(0, 30)))
            scope.scope.name = "n" * draw(st.integers(0, 30))
            for _ in range(draw(st.integers(0, 12))):
                size = draw(st.sampled_from([0, 20, 100, 300]))
                field = "event_name" if inner == "log_records" else "name"
                getattr(scope, inner).add(**{field: "x" * size})
    return kind, levels, message.SerializeToString()


@given(requests())
def test_the_parts_hold_what_the_whole_holds(
    request_: tuple[type[Message], tuple[str, str, str], bytes],
) -> None:
    """Of any signal, with any number of resources, scopes and records of any size."""
    kind, levels, payload = request_
    found = [record for part in sliced(payload) for record in records(kind.FromString(part), levels)]

    assert records(kind.FromString(payload), levels) == found


def test_parts_are_little_more_than_the_size_they_are_cut_at() -> None:
    """100 spans of about 60 bytes: no part exceeds the 200 bytes, one span and the resource around it."""
    message = ExportTraceServiceRequest()
    scope = message.resource_spans.add().scope_spans.add()
    for number in range(100):
        scope.spans.add(name=f"{number:050}")
    parts = list(sliced(message.SerializeToString()))

    assert 20 < len(parts)
    assert max(map(len, parts)) <= 200 + 60 + 10


@pytest.mark.parametrize(
    "damage", [b"\x0a\xff", b"\x0b", b"\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"]
)
def test_what_is_malformed_comes_whole_for_the_decoder_to_refuse(damage: bytes) -> None:
    """A cut length, a group, a number of eleven bytes behind a sound resource."""
    message = ExportTraceServiceRequest()
    message.resource_spans.add().scope_spans.add().spans.add(name="x" * 300)
    payload = message.SerializeToString() + damage

    assert payload == list(sliced(payload))[-1]


def test_a_small_request_is_passed_on_as_it_is() -> None:
    """Whatever it is: to look at it is the decoder's."""
    assert [b"anything"] == list(sliced(b"anything"))
