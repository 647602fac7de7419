"""An OTLP receiver that answers with the status it is told to, and keeps what it took and what it did not."""

from __future__ import annotations

import contextlib
import gzip
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)

_MOST = 2**30


@dataclass(slots=True)
class ScriptedReceiver:
    """A receiver; change `status` whenever you like.

    Attributes:
        status: 200, another HTTP status or the name of a gRPC status, for every request.
        max_bytes: larger requests get 413, or what gRPC itself answers.
        refused_name: answer so only to requests with a span of this name, where it is set.
        target: as init_token_tracking takes it.
        taken: the span names of each request that was answered with success, in order.
        headers: those of the last request, in lower case.
    """

    status: int | str
    max_bytes: int = _MOST
    refused_name: str | None = None
    target: str = ""
    taken: list[list[str]] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self, request: ExportTraceServiceRequest, headers: Mapping[str, str]) -> int | str:
        """Take a request in, and return the status to answer it with."""
        self.headers = headers
        if request.ByteSize() > self.max_bytes:
            return 413
        names = [
            span.name
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        if self.status in (200, "OK") or (self.refused_name is not None and self.refused_name not in names):
            self.taken.append(names)
            return 200
        return self.status


@contextlib.contextmanager
def http_receiver(status: int | str = 200, max_bytes: int = _MOST) -> Iterator[ScriptedReceiver]:
    """Run one over HTTP until the block ends."""
    receiver = ScriptedReceiver(status, max_bytes)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            self.send_response(int(receiver.answer(ExportTraceServiceRequest.FromString(body), headers)))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's signature
            """Keep the test output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.target = f"http://127.0.0.1:{server.server_port}"
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    serving.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


@contextlib.contextmanager
def grpc_receiver(status: int | str = 200, max_bytes: int = _MOST) -> Iterator[ScriptedReceiver]:
    """Run one over gRPC until the block ends."""
    receiver = ScriptedReceiver(status, max_bytes)

    class Servicer(TraceServiceServicer):
        def Export(  # noqa: N802  # the name in the protocol
            self, request: ExportTraceServiceRequest, context: Any
        ) -> ExportTraceServiceResponse:
            headers = {str(key): str(value) for key, value in context.invocation_metadata()}
            answer = receiver.answer(request, headers)
            if answer != 200:
                context.abort(grpc.StatusCode[str(answer)], "as told")
            return ExportTraceServiceResponse()

    with ThreadPoolExecutor(max_workers=2) as pool:
        server = grpc.server(pool, options=[("grpc.max_receive_message_length", max_bytes)])
        add_TraceServiceServicer_to_server(Servicer(), server)  # type: ignore[no-untyped-call]  # generated code
        receiver.target = f"grpc://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        try:
            yield receiver
        finally:
            server.stop(None).wait()
