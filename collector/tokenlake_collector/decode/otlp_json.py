"""OTLP/JSON to protobuf bytes (OTLP 1.x, "JSON Protobuf Encoding").

protobuf's own JSON parser takes ids for base64 where OTLP has hexadecimal digits, reads `"1_0"` as a number,
and is slow. So the tree is walked here once, along the message descriptors, and what comes out is given to
protobuf's classes, which check its ranges and write its bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from google.protobuf.message import EncodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tokenlake_collector.decode.json_scalars import Read, reader
from tokenlake_collector.errors import BadRequest, TooLarge
from tokenlake_collector.signals import Signal

DEPTH = 100
"""Messages inside each other: as many as protobuf itself reads."""

VALUES = 1_000_000
"""JSON values in one body. Each becomes some 200 bytes of objects, fifty times the size of its text at worst;
requests of this size hold 13,000 spans."""

_FEW_BYTES = 2**20
"""A body up to this size is not looked through for how many values it has."""

_REQUESTS: dict[Signal, type[Message]] = {
    Signal.TRACES: ExportTraceServiceRequest,
    Signal.LOGS: ExportLogsServiceRequest,
    Signal.METRICS: ExportMetricsServiceRequest,
}
_UNREADABLE = (ValueError, TypeError, OverflowError, RecursionError, EncodeError)
_LONGEST_REASON = 160


def to_protobuf(signal: Signal, body: bytes) -> bytes:
    """Translate an OTLP/JSON export request into protobuf bytes; unknown fields are ignored.

    Raises:
        BadRequest: the body is not JSON in UTF-8, or not a request of this signal.
        TooLarge: it holds more than a million values.
    """
    if len(body) > _FEW_BYTES and sum(map(body.count, (b",", b"{", b"["))) > VALUES:
        raise TooLarge(f"the body is over {VALUES} JSON values: send smaller batches")
    kind = _REQUESTS[signal]
    try:
        tree = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant)
        return kind(**_message(tree, kind.DESCRIPTOR, 1)).SerializeToString()
    except _UNREADABLE as error:
        reason = f"not an OTLP {signal} export request in JSON: {_printable(error)}"
        raise BadRequest(reason) from error


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a message: `read` for a value, or the `message` that it holds."""

    name: str
    choice: str
    repeated: bool
    message: Any
    read: Read | None


@cache
def _fields(message: Any) -> dict[str, _Field]:
    """Return the fields of a message under each name that JSON has for them."""
    found: dict[str, _Field] = {}
    for field in message.fields:
        choice = field.containing_oneof.name if field.containing_oneof else field.name
        read = None if field.message_type else reader(field)
        known = _Field(field.name, choice, field.is_repeated, field.message_type, read)
        found |= {field.json_name: known, field.name: known}
    return found


def _message(node: Any, message: Any, depth: int) -> dict[str, Any]:
    if not isinstance(node, dict):
        raise TypeError(f"{message.name} must be an object, not {type(node).__name__}")
    if depth > DEPTH:
        raise ValueError(f"over {DEPTH} messages are inside each other")
    known = _fields(message)
    values: dict[str, Any] = {}
    choices: set[str] = set()
    for key, value in node.items():
        field = known.get(key)
        if field is None or value is None:
            continue
        if field.choice in choices:
            raise ValueError(f"{message.name} has two values for {field.choice}")
        choices.add(field.choice)
        values[field.name] = _value(value, field, key, depth)
    return values


def _value(value: Any, field: _Field, key: str, depth: int) -> Any:
    if field.repeated:
        if not isinstance(value, list):
            raise TypeError(f"{key} must be an array, not {type(value).__name__}")
        return [_one(item, field, key, depth) for item in value]
    return _one(value, field, key, depth)


def _one(value: Any, field: _Field, key: str, depth: int) -> Any:
    if field.read is None:
        return _message(value, field.message, depth + 1)
    try:
        return field.read(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"{key}: {error}") from error


def _refuse_constant(name: str) -> Any:
    """Python reads NaN and Infinity without quotes, which JSON has not."""
    raise ValueError(f'{name} is no JSON: write "{name}"')


def _printable(error: Exception) -> str:
    """Shorten a message that may quote the body: it goes into replies and must not carry content far."""
    return str(error).encode("ascii", "backslashreplace").decode("ascii")[:_LONGEST_REASON]
