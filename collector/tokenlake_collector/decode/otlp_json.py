"""OTLP/JSON to protobuf bytes.

protobuf's own JSON parser does nearly all of it; OTLP differs in one thing that it gets wrong: trace and span
ids are hexadecimal, not base64 (OTLP 1.x, "JSON Protobuf Encoding").
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import EncodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tokenlake_collector.errors import BadRequest
from tokenlake_collector.signals import Signal

_REQUESTS: dict[Signal, type[Message]] = {
    Signal.TRACES: ExportTraceServiceRequest,
    Signal.LOGS: ExportLogsServiceRequest,
    Signal.METRICS: ExportMetricsServiceRequest,
}
_UNREADABLE = (ValueError, TypeError, OverflowError, RecursionError, json_format.ParseError, EncodeError)
_IDS = frozenset({"trace_id", "span_id", "parent_span_id"})
_HEX = re.compile(r"[0-9a-fA-F]*")
_LONGEST_REASON = 160


def to_protobuf(signal: Signal, body: bytes) -> bytes:
    """Translate an OTLP/JSON export request into protobuf bytes; unknown fields are ignored.

    Raises:
        BadRequest: the body is not JSON, or not a request of this signal.
    """
    message = _REQUESTS[signal]()
    try:
        json_format.ParseDict(_known(json.loads(body), message.DESCRIPTOR), message)
        return message.SerializeToString()
    except _UNREADABLE as error:
        reason = f"not an OTLP {signal} export request in JSON: {_printable(error)}"
        raise BadRequest(reason) from error


def _known(node: Any, message: Any) -> dict[str, Any]:
    """Keep the fields that a message has, and check the shape that protobuf's parser only iterates over."""
    if not isinstance(node, dict):
        raise TypeError(f"{message.name} must be an object, not {type(node).__name__}")
    fields = {name: field for field in message.fields for name in (field.json_name, field.name)}
    return {
        fields[key].name: _value(value, fields[key])
        for key, value in node.items()
        if key in fields and value is not None
    }


def _value(value: Any, field: Any) -> Any:
    if field.name in _IDS:
        return _id(value)
    if field.message_type is None:
        return value
    if not field.is_repeated:
        return _known(value, field.message_type)
    if not isinstance(value, list):
        raise TypeError(f"{field.json_name} must be an array, not {type(value).__name__}")
    return [_known(item, field.message_type) for item in value]


def _id(value: Any) -> str:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise TypeError("an id must be a string of hexadecimal digits")
    return base64.b64encode(bytes.fromhex(value)).decode("ascii")


def _printable(error: Exception) -> str:
    """Shorten a message that may quote the body: it goes into replies and must not carry content far."""
    return str(error).encode("ascii", "backslashreplace").decode("ascii")[:_LONGEST_REASON]
