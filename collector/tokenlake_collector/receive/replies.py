"""What a sender is told: the one place where failures become gRPC and HTTP codes (OTLP 1.x, "Failures")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from tokenlake_collector.errors import (
    BadRequest,
    CollectorError,
    PermissionDenied,
    TooLarge,
    Unauthenticated,
    UnsupportedEncoding,
    UnsupportedMediaType,
)
from tokenlake_collector.ingest import Accepted
from tokenlake_collector.receive.encodings import CODINGS, MediaType
from tokenlake_collector.signals import Signal

RETRY_AFTER_S = 2
"""Python's OTLP exporters give up after 10 s in all and drop on 429: so 503, and soon."""


@dataclass(frozen=True, slots=True)
class Code:
    """A failure's code on each transport."""

    http: int
    grpc: grpc.StatusCode


_PERMANENT: dict[type[CollectorError], Code] = {
    BadRequest: Code(400, grpc.StatusCode.INVALID_ARGUMENT),
    UnsupportedEncoding: Code(415, grpc.StatusCode.UNIMPLEMENTED),
    UnsupportedMediaType: Code(415, grpc.StatusCode.UNIMPLEMENTED),
    TooLarge: Code(413, grpc.StatusCode.RESOURCE_EXHAUSTED),
    Unauthenticated: Code(401, grpc.StatusCode.UNAUTHENTICATED),
    PermissionDenied: Code(403, grpc.StatusCode.PERMISSION_DENIED),
}
_HEADERS: dict[type[CollectorError], dict[str, str]] = {
    Unauthenticated: {"WWW-Authenticate": "Bearer"},
    # RFC 9110, section 15.5.16: what would have been taken; which of the two tells what was wrong.
    UnsupportedEncoding: {"Accept-Encoding": ", ".join(CODINGS)},
    UnsupportedMediaType: {"Accept": ", ".join(MediaType)},
}
_RETRYABLE = Code(503, grpc.StatusCode.UNAVAILABLE)

_RESPONSES: dict[Signal, tuple[Any, str]] = {
    Signal.TRACES: (ExportTraceServiceResponse, "rejected_spans"),
    Signal.LOGS: (ExportLogsServiceResponse, "rejected_log_records"),
    Signal.METRICS: (ExportMetricsServiceResponse, "rejected_data_points"),
}
"""What each signal is answered with, and what it calls the number of rejected records."""


def code_of(error: CollectorError) -> Code:
    """Return the codes of a failure: 503 / UNAVAILABLE for everything that is worth sending again."""
    return _RETRYABLE if error.retryable else _PERMANENT[type(error)]


def headers_of(error: CollectorError) -> dict[str, str]:
    """Return the HTTP headers that go with a failure."""
    if error.retryable:
        return {"Retry-After": str(RETRY_AFTER_S)}
    return _HEADERS.get(type(error), {})


def status_of(error: CollectorError) -> Status:
    """Return the google.rpc.Status that OTLP asks for, with RetryInfo where the sender should retry."""
    number: int = code_of(error).grpc.value[0]
    # A message may quote what was received, and that need not be Unicode.
    message = str(error).encode("utf-8", "backslashreplace").decode("utf-8")
    status = Status(code=number, message=message)
    if error.retryable:
        status.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=RETRY_AFTER_S)))
    return status


def response_to(signal: Signal, accepted: Accepted) -> Message:
    """Return the export response; `partial_success` is unset when everything was taken."""
    kind, rejected = _RESPONSES[signal]
    response: Message = kind()
    if accepted.refused:
        partial = {rejected: accepted.refused, "error_message": accepted.message}
        response = kind(partial_success=partial)
    return response


def accepted_in(signal: Signal, response: bytes) -> Accepted:
    """Return what an export response (protobuf bytes) says: the reverse of `response_to`."""
    kind, rejected = _RESPONSES[signal]
    partial = kind.FromString(response).partial_success
    return Accepted(getattr(partial, rejected), partial.error_message)
