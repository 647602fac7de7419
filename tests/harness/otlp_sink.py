"""Real OTLP receivers on free loopback ports that keep what they get."""

import gzip
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True, slots=True)
class Delivery:
    """One export request as it came in; header names are lower case."""

    path: str
    headers: Mapping[str, str]
    request: ExportTraceServiceRequest


@dataclass(slots=True)
class Sink:
    """What a receiver got, and where it listens (host:port)."""

    address: str = ""
    deliveries: list[Delivery] = field(default_factory=list)

    @property
    def spans(self) -> list[Span]:
        """All spans received, in order of arrival."""
        return [
            span
            for delivery in self.deliveries
            for resource in delivery.request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def names(self) -> list[str]:
        """The names of all spans received."""
        return [span.name for span in self.spans]

    @property
    def services(self) -> set[str]:
        """The service names of all resources received."""
        return {
            attribute.value.string_value
            for delivery in self.deliveries
            for resource in delivery.request.resource_spans
            for attribute in resource.resource.attributes
            if attribute.key == "service.name"
        }


def attributes_of(span: Span) -> dict[str, str | int | float]:
    """Return the scalar attributes of a received span."""
    scalars: dict[str, str | int | float] = {}
    for attribute in span.attributes:
        scalars[attribute.key] = getattr(
            attribute.value, attribute.value.WhichOneof("value") or "string_value"
        )
    return scalars


@contextmanager
def http_sink() -> Iterator[Sink]:
    """Run an OTLP/HTTP protobuf receiver until the block ends."""
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            headers = {name.lower(): value for name, value in self.headers.items()}
            sink.deliveries.append(Delivery(self.path, headers, ExportTraceServiceRequest.FromString(body)))
            reply = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's signature
            """Keep the test output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sink.address = f"127.0.0.1:{server.server_port}"
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    serving.start()
    try:
        yield sink
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


@contextmanager
def grpc_sink() -> Iterator[Sink]:
    """Run an OTLP/gRPC receiver until the block ends."""
    sink = Sink()

    class Servicer(TraceServiceServicer):
        def Export(  # noqa: N802  # the name in the protocol
            self, request: ExportTraceServiceRequest, context: grpc.ServicerContext
        ) -> ExportTraceServiceResponse:
            headers = {str(item[0]): str(item[1]) for item in context.invocation_metadata()}
            sink.deliveries.append(Delivery("Export", headers, request))
            return ExportTraceServiceResponse()

    with ThreadPoolExecutor(max_workers=2) as pool:
        server = grpc.server(pool)
        add_TraceServiceServicer_to_server(Servicer(), server)  # type: ignore[no-untyped-call]  # generated code
        sink.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        try:
            yield sink
        finally:
            server.stop(None).wait()
