"""Send a body to a collector over each transport, and read each reply alike."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import grpc
import zstandard
from google.protobuf import json_format
from google.protobuf.message import Message
from google.rpc import error_details_pb2  # noqa: F401 - the JSON of a Status needs to know RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from harness.collector_process import CollectorProcess
from harness.raw_http import HttpReply, exchange, http_request
from tokenlake_collector.receive.otlp_grpc import SERVICES
from tokenlake_collector.signals import Signal

PROTOBUF, JSON = "application/x-protobuf", "application/json"


class Transport(StrEnum):
    """The three ways to send OTLP."""

    GRPC = "grpc"
    PROTOBUF = "http/protobuf"
    JSON = "http/json"


@dataclass(frozen=True)
class Way:
    """A transport and what the body is compressed with."""

    transport: Transport
    coding: str

    def __str__(self) -> str:
        return f"{self.transport}+{self.coding}"


_CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
    "deflate": zlib.compress,
}
_COMPRESSIONS = {
    "identity": grpc.Compression.NoCompression,
    "gzip": grpc.Compression.Gzip,
    "deflate": grpc.Compression.Deflate,
}
HTTP_WAYS = [Way(t, coding) for t in (Transport.PROTOBUF, Transport.JSON) for coding in _CODINGS]
GRPC_WAYS = [Way(Transport.GRPC, coding) for coding in _COMPRESSIONS]
WAYS = [*GRPC_WAYS, *HTTP_WAYS]

_RESPONSES: dict[Signal, type[Message]] = {
    Signal.TRACES: ExportTraceServiceResponse,
    Signal.LOGS: ExportLogsServiceResponse,
    Signal.METRICS: ExportMetricsServiceResponse,
}
_REJECTED = {
    Signal.TRACES: "rejected_spans",
    Signal.LOGS: "rejected_log_records",
    Signal.METRICS: "rejected_data_points",
}


@dataclass(frozen=True)
class Reply:
    """What the sender reads: the code, the message of the Status or of partial_success, and the content type.

    `rejected` is the number of records in partial_success, None where that is unset.
    """

    code: int | grpc.StatusCode
    rejected: int | None = None
    message: str = ""
    media: str = ""


def send(collector: CollectorProcess, way: Way, signal: Signal, body: bytes) -> Reply:
    """Send one request, compressed by the way, and return the reply."""
    if way.transport is Transport.GRPC:
        return call(collector, signal, body, _COMPRESSIONS[way.coding])
    media = JSON if way.transport is Transport.JSON else PROTOBUF
    coding = {} if way.coding == "identity" else {"Content-Encoding": way.coding}
    return post(collector, signal, _CODINGS[way.coding](body), {"Content-Type": media, **coding})


def post(collector: CollectorProcess, signal: Signal, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Post a body as it is, with these headers."""
    request = http_request(f"/v1/{signal}", headers, body)
    return read_reply(signal, exchange(collector.http.removeprefix("http://"), request))


def read_reply(signal: Signal, reply: HttpReply) -> Reply:
    """Read what OTLP/HTTP answers: an export response, or a Status."""
    media = reply.headers.get("content-type", "")
    if reply.code == 200:
        rejected, message = _partial(signal, _parsed(_RESPONSES[signal](), media, reply.body))
        return Reply(200, rejected, message, media)
    status: Any = _parsed(Status(), media, reply.body)
    return Reply(reply.code, None, status.message, media)


def call(collector: CollectorProcess, signal: Signal, body: bytes, compression: grpc.Compression) -> Reply:
    """Call Export with bytes as they are."""
    with grpc.insecure_channel(collector.grpc) as channel:
        export: Any = channel.unary_unary(f"/{SERVICES[signal]}/Export")
        try:
            reply = export(body, timeout=30, compression=compression)
        except grpc.RpcError as error:
            return _failure(error)
    return Reply(grpc.StatusCode.OK, *_partial(signal, _RESPONSES[signal].FromString(reply)))


def _failure(error: Any) -> Reply:
    """Read the Status beside the code, which gRPC's own refusals do not have."""
    trailing = dict(error.trailing_metadata() or ())
    status = Status.FromString(trailing.get("grpc-status-details-bin", b""))
    assert status.code in {0, error.code().value[0]}, status
    return Reply(error.code(), None, status.message or error.details())


def _parsed(message: Message, media: str, body: bytes) -> Message:
    if media == JSON:
        return json_format.ParseDict(json.loads(body), message)
    message.ParseFromString(body)
    return message


def _partial(signal: Signal, response: Any) -> tuple[int | None, str]:
    if not response.HasField("partial_success"):
        return None, ""
    partial = response.partial_success
    return getattr(partial, _REJECTED[signal]), partial.error_message
