"""What a sender may do, and what it is told: protobuf bodies, over gRPC and HTTP alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import grpc

from harness.otlp import CHAT, NOON_NS, SpanSpec, trace_bytes, trace_request
from harness.otlp_logs import LogSpec, log_bytes
from harness.otlp_points import PointSpec, point_bytes
from harness.random_requests import UNKNOWN_FIELDS
from harness.wire import deep_value, varint, with_attribute
from tokenlake_collector.signals import Signal

LIMIT_MIB = 1
LIMIT = LIMIT_MIB * 2**20

MARK = "a mark"
"""The value of an attribute of every good request, to be replaced by something else."""


@dataclass(frozen=True)
class Codes:
    """A reply's code on each transport."""

    http: int
    grpc: grpc.StatusCode


TAKEN = Codes(200, grpc.StatusCode.OK)
MALFORMED = Codes(400, grpc.StatusCode.INVALID_ARGUMENT)
TOO_LARGE = Codes(413, grpc.StatusCode.RESOURCE_EXHAUSTED)

Body = Callable[[Signal], bytes]


@dataclass(frozen=True)
class Manner:
    """One thing that is sent, and the reply: its codes, and `says`, a part of its message.

    `rejected` is the number of records in partial_success, None where that is unset.
    """

    name: str
    body: Body
    codes: Codes
    says: str = ""
    rejected: int | None = None
    signals: tuple[Signal, ...] = tuple(Signal)


def good(signal: Signal) -> bytes:
    """Return a request with one record that is counted."""
    return _GOOD[signal]({"user.id": MARK}, NOON_NS, 1)


def _span(attributes: dict[str, str], start_ns: int, number: int) -> bytes:
    return trace_bytes(SpanSpec(CHAT | attributes, start_ns=start_ns, kind=number))


def _log(attributes: dict[str, str], start_ns: int, _: int) -> bytes:
    told = {"event.name": "api_request", "model": "m", "input_tokens": 5, "output_tokens": 7}
    record = LogSpec(told | attributes, time_ns=start_ns)
    return log_bytes(record, scope="com.anthropic.claude_code.events")


def _point(attributes: dict[str, str], start_ns: int, number: int) -> bytes:
    point = PointSpec(
        "claude_code.token.usage", 5, {"type": "input"} | attributes, temporality=number, start_ns=start_ns
    )
    return point_bytes(point, scope="com.anthropic.claude_code")


_GOOD = {Signal.TRACES: _span, Signal.LOGS: _log, Signal.METRICS: _point}


def _at(start_ns: int, signal: Signal) -> bytes:
    return _GOOD[signal]({}, start_ns, 1)


def _with_number(number: int, signal: Signal) -> bytes:
    return _GOOD[signal]({}, NOON_NS, number)


def _with_value(value: bytes, signal: Signal) -> bytes:
    return with_attribute(signal.value, value)


def _two_spans(trace_id: bytes, span_id: bytes, _: Signal) -> bytes:
    """A good span, and one with these ids."""
    request = trace_request(SpanSpec(span_id=77, trace_id=77), SpanSpec(span_id=78, trace_id=77))
    span = request.resource_spans[0].scope_spans[0].spans[1]
    span.trace_id, span.span_id = trace_id, span_id
    return request.SerializeToString()


def _log_with_ids(trace_id: bytes, span_id: bytes, _: Signal) -> bytes:
    return log_bytes(LogSpec({"event.name": "api_request"}, trace_id=trace_id, span_id=span_id))


_TRACE_ID, _SPAN_ID = b"t" * 16, b"s" * 8
_SPANS, _LOGS = (Signal.TRACES,), (Signal.LOGS,)
_ABSURD_LENGTH = b"\x0a" + varint(2**64 - 1)


def _one_lost(what: str, trace_id: bytes, span_id: bytes) -> Manner:
    body = partial(_two_spans, trace_id, span_id)
    return Manner(f"a span {what}", body, TAKEN, "16 bytes", 1, _SPANS)


WIRE_MANNERS = (
    Manner("a request", good, TAKEN),
    Manner("no bytes at all", lambda _: b"", TAKEN),
    Manner("fields of a newer version", lambda signal: good(signal) + UNKNOWN_FIELDS, TAKEN),
    Manner("an enum's number that nobody knows", partial(_with_number, 77), TAKEN),
    Manner("a time of 0", partial(_at, 0), TAKEN),
    Manner("a time in the year 2554", partial(_at, 2**64 - 70_000_000_000), TAKEN),
    Manner("a value that is 2,000 lists deep", partial(_with_value, deep_value(2000)), TAKEN),
    Manner("bytes that end early", lambda signal: good(signal)[:-1], MALFORMED, "export request"),
    Manner("JSON", lambda _: b'{"a": 1}', MALFORMED, "export request in protobuf"),
    Manner("a length of 2**64 - 1", lambda _: _ABSURD_LENGTH, MALFORMED, "export request in protobuf"),
    Manner(
        "text that is no UTF-8",
        lambda signal: good(signal).replace(MARK.encode(), b"\xff" * len(MARK)),
        MALFORMED,
        "export request in protobuf",
    ),
    Manner("more than the limit", lambda _: bytes(LIMIT + 1), TOO_LARGE),
    _one_lost("with a trace id of 15 bytes", b"t" * 15, _SPAN_ID),
    _one_lost("with a span id of 7 bytes", _TRACE_ID, b"s" * 7),
    _one_lost("with a trace id of zeros", bytes(16), _SPAN_ID),
    _one_lost("with a span id of zeros", _TRACE_ID, bytes(8)),
    _one_lost("without ids", b"", b""),
    Manner("a log record with odd ids", partial(_log_with_ids, b"t" * 15, b""), TAKEN, signals=_LOGS),
)
