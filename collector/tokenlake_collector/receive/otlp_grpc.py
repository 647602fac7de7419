"""OTLP over gRPC: three Export methods that take bytes as they come, and the standard health service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from tokenlake_collector.access import Scope, Tokens
from tokenlake_collector.addresses import Address, bind
from tokenlake_collector.errors import BadRequest, CollectorError, PermissionDenied, Unauthenticated
from tokenlake_collector.limits import Limits
from tokenlake_collector.meters import Meters
from tokenlake_collector.receive import Submit
from tokenlake_collector.receive.receptions import Receptions
from tokenlake_collector.receive.replies import code_of, response_to, status_of
from tokenlake_collector.signals import Signal

SERVICES = {
    Signal.TRACES: "opentelemetry.proto.collector.trace.v1.TraceService",
    Signal.LOGS: "opentelemetry.proto.collector.logs.v1.LogsService",
    Signal.METRICS: "opentelemetry.proto.collector.metrics.v1.MetricsService",
}

CALLS_PER_CONNECTION = 100
"""HTTP/2 says that fewer should not be allowed; exporters have one at a time."""

_WINDOW_BYTES = 256 * 2**10
"""What a sender may send before its message is read: most requests need no second step."""

_Method: TypeAlias = Callable[[AsyncIterator[bytes], Any], Awaitable[bytes]]


class GrpcReceiver:
    """A gRPC server on one address."""

    def __init__(
        self,
        address: Address,
        submit: Submit,
        meters: Meters,
        receptions: Receptions,
        tokens: Tokens,
        credentials: grpc.ServerCredentials | None = None,
    ) -> None:
        """Bind `address`; port 0 takes a free one. Without `credentials` there is no TLS.

        Raises:
            OSError: the address is in use or is none of this machine's.
        """
        # gRPC's own failure comes with lines of its own on stderr and no reason.
        bind(address).close()
        self._health = health.aio.HealthServicer()
        self._server = grpc.aio.server(options=_options(receptions.limits))
        self._server.add_generic_rpc_handlers((_Otlp(submit, meters, receptions, tokens),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        try:
            self.port = (
                self._server.add_insecure_port(str(address))
                if credentials is None
                else self._server.add_secure_port(str(address), credentials)
            )
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


class _Otlp(grpc.GenericRpcHandler):
    """Finds the method of a call, and looks at its token before anything of its message is read."""

    def __init__(self, submit: Submit, meters: Meters, receptions: Receptions, tokens: Tokens) -> None:
        self._meters = meters
        self._tokens = tokens
        self._signals = {f"/{service}/Export": signal for signal, service in SERVICES.items()}
        self._methods = {
            name: _handler(_export(signal, submit, meters, receptions))
            for name, signal in self._signals.items()
        }

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        """Return what answers a call, None when it is not ours."""
        method = self._methods.get(handler_call_details.method)
        if method is None or not self._tokens:
            return method
        try:
            self._tokens.check(Scope.INGEST, _texts(handler_call_details.invocation_metadata))
        except (Unauthenticated, PermissionDenied) as error:
            return _handler(_refusing(error, self._signals[handler_call_details.method], self._meters))
        return method


def _options(limits: Limits) -> tuple[tuple[str, int], ...]:
    idle_ms, receive_ms = round(limits.idle_s * 1000), round(limits.receive_s * 1000)
    age: tuple[tuple[str, int], ...] = ()
    if limits.connection_age_s is not None:
        age_ms = round(limits.connection_age_s * 1000)
        age = (("grpc.max_connection_age_ms", age_ms), ("grpc.max_connection_age_grace_ms", receive_ms))
    return (
        *age,
        # By default a second server on the same port starts without an error and takes half of the traffic.
        ("grpc.so_reuseport", 0),
        # gRPC would widen a fast sender's window to megabytes, and buffer as much of what nobody reads yet:
        # with 24 senders of 8 MiB the process grew to 700 MB, and to 150 without.
        ("grpc.http2.bdp_probe", 0),
        ("grpc.http2.lookahead_bytes", _WINDOW_BYTES),
        ("grpc.max_receive_message_length", limits.max_body_bytes),
        ("grpc.max_metadata_size", limits.max_header_bytes),
        ("grpc.absolute_max_metadata_size", limits.max_header_bytes),
        ("grpc.max_allowed_incoming_connections", limits.max_connections),
        ("grpc.max_concurrent_streams", CALLS_PER_CONNECTION),
        ("grpc.max_connection_idle_ms", idle_ms),
        # A peer that is gone without a word, or that has not even begun to speak HTTP/2.
        ("grpc.keepalive_time_ms", idle_ms),
        ("grpc.keepalive_timeout_ms", receive_ms),
        ("grpc.server_handshake_timeout_ms", receive_ms),
    )


def _handler(method: _Method) -> Any:
    """Return a handler that reads the one message itself: gRPC would wait for it without an end.

    On the wire a call with one message is the same whether its server expects one or a stream.
    """
    return grpc.stream_unary_rpc_method_handler(method)


def _export(signal: Signal, submit: Submit, meters: Meters, receptions: Receptions) -> _Method:
    async def export(_: AsyncIterator[bytes], context: Any) -> bytes:
        try:
            message = await _message(context, receptions)
            meters.requests.arrived("grpc", len(message))
            accepted = await submit(signal, message)
        except CollectorError as error:
            return _refused(context, error.released(), signal, meters)
        meters.requests.answered(signal, "grpc", grpc.StatusCode.OK.name)
        return response_to(signal, accepted).SerializeToString()

    return export


def _refusing(error: CollectorError, signal: Signal, meters: Meters) -> _Method:
    async def refuse(_: AsyncIterator[bytes], context: Any) -> bytes:
        return _refused(context, error, signal, meters)

    return refuse


async def _message(context: Any, receptions: Receptions) -> bytes:
    async with receptions.begin(unknown_size=True), receptions.turns.taken():
        message = await context.read()
    if message is grpc.aio.EOF:
        raise BadRequest("the call ended without a message")
    received: bytes = message
    return received


def _refused(context: Any, error: CollectorError, signal: Signal, meters: Meters) -> bytes:
    """Answer with an error. To abort would raise, and what it raises holds on to the request for a while."""
    code = code_of(error).grpc
    meters.requests.answered(signal, "grpc", code.name, error)
    context.set_trailing_metadata((("grpc-status-details-bin", status_of(error).SerializeToString()),))
    context.set_code(code)
    context.set_details(str(error))
    return b""


def _texts(metadata: Any) -> Mapping[str, str]:
    return {key: value for key, value in metadata or () if isinstance(value, str)}
