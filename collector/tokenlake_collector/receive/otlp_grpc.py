"""OTLP over gRPC: three Export methods that take bytes as they come, and the standard health service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from tokenlake_collector.addresses import Address, bind
from tokenlake_collector.errors import CollectorError
from tokenlake_collector.meters import Meters
from tokenlake_collector.receive import Submit
from tokenlake_collector.receive.replies import code_of, response_to, status_of
from tokenlake_collector.signals import Signal

SERVICES = {
    Signal.TRACES: "opentelemetry.proto.collector.trace.v1.TraceService",
    Signal.LOGS: "opentelemetry.proto.collector.logs.v1.LogsService",
    Signal.METRICS: "opentelemetry.proto.collector.metrics.v1.MetricsService",
}


class GrpcReceiver:
    """A gRPC server on one address."""

    def __init__(self, address: Address, submit: Submit, meters: Meters, max_body_bytes: int) -> None:
        """Bind `address`; port 0 takes a free one.

        Raises:
            OSError: the address is in use or is none of this machine's.
        """
        # gRPC's own failure comes with lines of its own on stderr and no reason.
        bind(address).close()
        self._health = health.aio.HealthServicer()
        self._server = grpc.aio.server(
            options=(
                # By default a second server on the same port starts without an error and takes half
                # of the traffic.
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", max_body_bytes),
            )
        )
        for signal, service in SERVICES.items():
            methods: dict[str, Any] = {
                "Export": grpc.unary_unary_rpc_method_handler(_export(signal, submit, meters))
            }
            handler = grpc.method_handlers_generic_handler(service, methods)
            self._server.add_generic_rpc_handlers((handler,))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        try:
            self.port = self._server.add_insecure_port(str(address))
        except RuntimeError as error:
            raise OSError(f"cannot listen on {address}: {error}") from error

    async def start(self) -> None:
        """Serve, and report so to health checks."""
        await self._server.start()
        for name in ("", *SERVICES.values()):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)

    async def stop(self, grace_s: float) -> None:
        """Take no new calls; those under way have `grace_s` seconds to finish."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(grace_s)


def _export(
    signal: Signal, submit: Submit, meters: Meters
) -> Callable[[bytes, grpc.aio.ServicerContext[bytes, bytes]], Awaitable[bytes]]:
    async def export(request: bytes, context: Any) -> bytes:
        try:
            accepted = await submit(signal, request)
        except CollectorError as error:
            code = code_of(error).grpc
            meters.requests.labels(signal.value, "grpc", code.name).inc()
            details = (("grpc-status-details-bin", status_of(error).SerializeToString()),)
            await context.abort(code, str(error), trailing_metadata=details)
            raise
        meters.requests.labels(signal.value, "grpc", grpc.StatusCode.OK.name).inc()
        return response_to(signal, accepted).SerializeToString()

    return export
