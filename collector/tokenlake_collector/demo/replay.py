"""Send recorded bodies as they were sent: over gRPC, and over HTTP."""

from __future__ import annotations

import http.client
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import grpc

from tokenlake_collector.demo.recordings import signal_of
from tokenlake_collector.receive.encodings import MediaType
from tokenlake_collector.receive.otlp_grpc import SERVICES


class Replay:
    """Connections to one collector; every second protobuf body goes over gRPC, the others over HTTP."""

    def __init__(self, grpc_address: str, http_url: str) -> None:
        self._channel = grpc.insecure_channel(grpc_address)
        self._http = http.client.HTTPConnection(urlsplit(http_url).netloc, timeout=30)
        self._sent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        self._channel.close()

    def send(self, file: Path) -> None:
        """Send one body and return when the collector has it on disk.

        Raises:
            ConnectionError: the collector did not take it.
        """
        self._sent += 1
        if file.suffix == ".binpb" and self._sent % 2:
            method = f"/{SERVICES[signal_of(file)]}/Export"
            export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(method)
            export(file.read_bytes(), timeout=30)
        else:
            self._post(file)

    def _post(self, file: Path) -> None:
        media = MediaType.JSON if file.suffix == ".json" else MediaType.PROTOBUF
        self._http.request("POST", f"/v1/{signal_of(file)}", file.read_bytes(), {"Content-Type": media.value})
        reply = self._http.getresponse()
        reply.read()
        if reply.status != 200:
            raise ConnectionError(f"the collector answered {reply.status} to {file.name}")
