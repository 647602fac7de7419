"""A gRPC server that acknowledges every export and throws it away: what any receiver could reach at most."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc

SERVICE = "opentelemetry.proto.collector.trace.v1.TraceService"


async def _export(request: bytes, context: Any) -> bytes:  # noqa: ARG001 - the signature is gRPC's
    return b""


async def main() -> None:
    """Serve until the process is ended; the first line printed is the address."""
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", 64 * 2**20)])
    methods: dict[str, Any] = {"Export": grpc.unary_unary_rpc_method_handler(_export)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(main())
