"""OTLP/JSON to protobuf bytes.

protobuf's own JSON parser does nearly all of it; OTLP differs in one thing that it gets wrong: trace and span
ids are hexadecimal, not base64 (OTLP 1.x, "JSON Protobuf Encoding").
"""

from __future__ import annotations

import base64
import binascii
import json
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
_UNREADABLE = (
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
    json_format.ParseError,
    EncodeError,
)
_IDS = frozenset({"traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"})


def to_protobuf(signal: Signal, body: bytes) -> bytes:
    """Translate an OTLP/JSON export request into protobuf bytes; unknown fields are ignored.

    Raises:
        BadRequest: the body is not JSON, or not a request of this signal.
    """
    message = _REQUESTS[signal]()
    try:
        json_format.ParseDict(_ids_to_base64(json.loads(body)), message, ignore_unknown_fields=True)
        return message.SerializeToString()
    except _UNREADABLE as error:
        raise BadRequest(f"not an OTLP {signal} export request in JSON: {error}") from error


def _ids_to_base64(node: Any) -> Any:
    """Rewrite every id; attribute names cannot be mistaken for one, they are values in OTLP/JSON."""
    if isinstance(node, dict):
        return {key: _id(value) if key in _IDS else _ids_to_base64(value) for key, value in node.items()}
    return [_ids_to_base64(item) for item in node] if isinstance(node, list) else node


def _id(value: Any) -> str:
    try:
        return base64.b64encode(bytes.fromhex(value)).decode("ascii")
    except (TypeError, ValueError, binascii.Error) as error:
        raise ValueError(f"an id must be a string of hexadecimal digits, not {value!r}") from error
