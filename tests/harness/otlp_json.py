"""Protobuf export requests as OTLP/JSON."""

from __future__ import annotations

import base64
import json
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tokenlake_collector.signals import Signal

REQUESTS: dict[Signal, type[Message]] = {
    Signal.TRACES: ExportTraceServiceRequest,
    Signal.LOGS: ExportLogsServiceRequest,
    Signal.METRICS: ExportMetricsServiceRequest,
}
"""The message of each signal's export request."""

_IDS = frozenset({"traceId", "spanId", "parentSpanId"})


def as_json(signal: Signal, payload: bytes) -> bytes:
    """Return a request (protobuf bytes) as a sender of OTLP/JSON writes it: ids in hex, enums as numbers."""
    message = REQUESTS[signal].FromString(payload)
    tree = json_format.MessageToDict(message, use_integers_for_enums=True)
    return json.dumps(_hex_ids(tree)).encode()


def _hex_ids(node: Any) -> Any:
    """Rewrite protobuf's base64 ids as OTLP has them."""
    if isinstance(node, list):
        return [_hex_ids(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: base64.b64decode(v).hex() if key in _IDS else _hex_ids(v) for key, v in node.items()}
