"""OTLP/JSON to protobuf bytes."""

import base64
import json
import math
from typing import Any

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from harness.captures import cases
from tokenlake_collector.decode.otlp_json import to_protobuf
from tokenlake_collector.errors import BadRequest
from tokenlake_collector.signals import Signal

MESSAGES: dict[Signal, type[Any]] = {
    Signal.TRACES: ExportTraceServiceRequest,
    Signal.LOGS: ExportLogsServiceRequest,
    Signal.METRICS: ExportMetricsServiceRequest,
}
RECORDED = [(case.name, request) for case in cases() for request in case.requests]
TRACE_ID = "5b8efff798038103d269b633813fc60c"
SPAN_ID = "eee19b7ec3c1b174"


def _request(**fields: Any) -> dict[str, Any]:
    span = {"traceId": TRACE_ID, "spanId": SPAN_ID, **fields}
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


def _attribute(value: Any) -> dict[str, Any]:
    return _request(attributes=[{"key": "key", "value": value}])


def _span(request: dict[str, Any]) -> Span:
    body = to_protobuf(Signal.TRACES, json.dumps(request).encode())
    return ExportTraceServiceRequest.FromString(body).resource_spans[0].scope_spans[0].spans[0]


def _value(value: Any) -> AnyValue:
    return _span(_attribute(value)).attributes[0].value


def _hex_ids(node: Any) -> Any:
    """Rewrite protobuf's base64 ids as OTLP has them."""
    if isinstance(node, list):
        return [_hex_ids(item) for item in node]
    if not isinstance(node, dict):
        return node
    ids = {"traceId", "spanId", "parentSpanId"}
    return {key: base64.b64decode(v).hex() if key in ids else _hex_ids(v) for key, v in node.items()}


@pytest.mark.parametrize(("name", "request_"), RECORDED, ids=[name for name, _ in RECORDED])
def test_the_json_of_a_recorded_request_has_the_same_content(name: str, request_: Any) -> None:
    """Every recorded request of every signal survives the way through OTLP/JSON."""
    message = MESSAGES[request_.signal].FromString(request_.payload)
    as_dict = json_format.MessageToDict(message, use_integers_for_enums=True)
    body = json.dumps(_hex_ids(as_dict)).encode()

    assert message == MESSAGES[request_.signal].FromString(to_protobuf(request_.signal, body)), name


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title])
def test_ids_are_hexadecimal_in_either_case(spell: Any) -> None:
    """Also those of a parent and of a link; base64 would give other bytes."""
    link = {"traceId": spell(TRACE_ID), "spanId": spell(SPAN_ID)}
    span = _span(
        _request(traceId=spell(TRACE_ID), spanId=spell(SPAN_ID), parentSpanId=spell(SPAN_ID), links=[link])
    )
    trace, own = bytes.fromhex(TRACE_ID), bytes.fromhex(SPAN_ID)

    assert [trace, own, own, trace, own] == [
        span.trace_id,
        span.span_id,
        span.parent_span_id,
        span.links[0].trace_id,
        span.links[0].span_id,
    ]


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_or_null_parent_is_none(empty: str | None) -> None:
    """A root span's parent may be written as nothing (proto3 JSON: null is the default value)."""
    assert b"" == _span(_request(parentSpanId=empty)).parent_span_id


def test_enums_are_integers() -> None:
    """Kind 3 is CLIENT, status code 2 is ERROR; a number that no enum has is kept."""
    span = _span(_request(kind=3, status={"code": 2}))

    assert (3, 2, 77) == (span.kind, span.status.code, _span(_request(kind=77)).kind)


@pytest.mark.parametrize("number", [9007199254740993, "9007199254740993"])
def test_64_bit_integers_are_numbers_or_strings(number: Any) -> None:
    """Beyond 2**53 no digit is lost, in times and in values."""
    span = _span(
        {**_request(startTimeUnixNano=number, attributes=[{"key": "k", "value": {"intValue": number}}])}
    )

    assert (9007199254740993,) * 2 == (span.start_time_unix_nano, span.attributes[0].value.int_value)


def test_unknown_fields_are_ignored_at_every_level() -> None:
    """A newer sender's fields change nothing, whatever they hold and whatever their parts are called."""
    newer = {"futureField": {"spanId": 7, "list": [1, {"traceId": None}]}}
    request = _request(**newer, status={"code": 2, **newer})
    request |= newer
    request["resourceSpans"][0] |= newer

    assert _span(_request(status={"code": 2})) == _span(request)


@pytest.mark.parametrize(
    ("text", "expected"), [("NaN", math.nan), ("Infinity", math.inf), ("-Infinity", -math.inf), ("1.5", 1.5)]
)
def test_doubles_may_be_strings(text: str, expected: float) -> None:
    """NaN and the infinities have no other spelling in JSON."""
    assert repr(expected) == repr(_value({"doubleValue": text}).double_value)


def test_bytes_values_are_base64() -> None:
    """Only ids are hexadecimal."""
    assert b"\x00\xff" == _value({"bytesValue": "AP8="}).bytes_value


def test_arrays_and_maps_nest() -> None:
    """A list of maps of lists; a map's key may be called as an id is."""
    inner = {"arrayValue": {"values": [{"stringValue": "deep"}, {}]}}
    value = _value(
        {"arrayValue": {"values": [{"kvlistValue": {"values": [{"key": "spanId", "value": inner}]}}]}}
    )
    pair = value.array_value.values[0].kvlist_value.values[0]

    assert ("spanId", "deep", 2) == (
        pair.key,
        pair.value.array_value.values[0].string_value,
        len(pair.value.array_value.values),
    )


@pytest.mark.parametrize("body", [b"{}", b'{"resourceSpans":[]}', b'{"resourceSpans":null}', b" \n{ } "])
def test_an_empty_request_is_a_request(body: bytes) -> None:
    """Nothing to store is not an error."""
    assert b"" == to_protobuf(Signal.TRACES, body)


MALFORMED: dict[str, Any] = {
    "no JSON": b"not JSON",
    "an empty body": b"",
    "a second value": b"{}{}",
    "not UTF-8": b'{"resourceSpans": "\xff"}',
    "a list": [],
    "a list of objects": [{"resourceSpans": []}],
    "a string": "resourceSpans",
    "a number": 5,
    "null": None,
    "true": True,
    "resourceSpans a string": {"resourceSpans": "x"},
    "resourceSpans an object": {"resourceSpans": {}},
    "a resourceSpans of text": {"resourceSpans": ["x"]},
    "a resourceSpans of lists": {"resourceSpans": [[]]},
    "a resourceSpans of null": {"resourceSpans": [None]},
    "resource a string": {"resourceSpans": [{"resource": "x"}]},
    "resource a list": {"resourceSpans": [{"resource": []}]},
    "resource a number": {"resourceSpans": [{"resource": 5}]},
    "scopeSpans a number": {"resourceSpans": [{"scopeSpans": 5}]},
    "scope a string": {"resourceSpans": [{"scopeSpans": [{"scope": "x"}]}]},
    "a span of text": {"resourceSpans": [{"scopeSpans": [{"spans": ["x"]}]}]},
    "attributes an object": _request(attributes={"key": "value"}),
    "an attribute of text": _request(attributes=["x"]),
    "a value of text": _attribute("x"),
    "a value of a list": _attribute([]),
    "a value of a number": _attribute(5),
    "a value of two kinds": _attribute({"stringValue": "a", "intValue": 1}),
    "a number as stringValue": _attribute({"stringValue": 5}),
    "text as boolValue": _attribute({"boolValue": "true"}),
    "text as intValue": _attribute({"intValue": "many"}),
    "a fraction as intValue": _attribute({"intValue": 5.5}),
    "an object as intValue": _attribute({"intValue": {}}),
    "text as doubleValue": _attribute({"doubleValue": "much"}),
    "a number as bytesValue": _attribute({"bytesValue": 5}),
    "status a string": _request(status="x"),
    "kind a list": _request(kind=[]),
    "name a number": _request(name=5),
    "an odd number of digits": _request(traceId="012"),
    "no hexadecimal digits": _request(spanId="zz" * 8),
    "digits with spaces": _request(spanId="ee e1 9b"),
    "an id as a number": _request(traceId=5),
    "an id as a list": _request(traceId=[]),
    "an id as an object": _request(traceId={}),
    "a negative time": _request(startTimeUnixNano=-1),
    "a time over 2**64": _request(startTimeUnixNano=2**64),
    "a time of 1e300": _request(startTimeUnixNano=1e300),
    "an intValue over 2**63": _attribute({"intValue": 2**63}),
    "an intValue of 400 digits": _attribute({"intValue": 10**400}),
    "a doubleValue of 400 digits": _attribute({"doubleValue": 10**400}),
    "a doubleValue of 1e400": json.dumps(_attribute({"doubleValue": "X"})).replace('"X"', "1e400").encode(),
    "a number of 5000 digits": b'{"a":' + b"1" * 5000 + b"}",
    "a lone surrogate": _attribute({"stringValue": "\ud800"}),
    "a lone surrogate as an id": _request(traceId="\ud800"),
    "a lone surrogate as a list": {"resourceSpans": "\ud800"},
    "lists 100,000 deep": b"[" * 100_000,
    "objects 100,000 deep": b'{"a":' * 100_000,
    "unknown lists 5,000 deep": b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "values 500 deep": json.dumps(_attribute("VALUE"))
    .replace('"VALUE"', '{"arrayValue":{"values":[' * 500 + '{"intValue":1}' + "]}}" * 500)
    .encode(),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_what_is_malformed_is_a_bad_request(body: Any) -> None:
    """Whatever is wrong, it is BadRequest with a message that can be sent as UTF-8, and nothing else."""
    with pytest.raises(BadRequest) as refusal:
        to_protobuf(Signal.TRACES, body if isinstance(body, bytes) else json.dumps(body).encode())

    assert b"not an OTLP traces export request" in str(refusal.value).encode("utf-8")
