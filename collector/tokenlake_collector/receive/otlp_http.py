"""OTLP over HTTP: `/v1/traces`, `/v1/logs`, `/v1/metrics`; the reply is encoded like the request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from google.protobuf import json_format
from google.protobuf.message import Message
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from tokenlake_collector.errors import BadRequest, CollectorError, TooLarge
from tokenlake_collector.meters import Meters
from tokenlake_collector.receive import Submit
from tokenlake_collector.receive.encodings import MediaType, inflate, media_type, to_wire
from tokenlake_collector.receive.replies import RETRY_AFTER_S, code_of, response_to, status_of
from tokenlake_collector.signals import Signal


def otlp_routes(submit: Submit, meters: Meters, max_body_bytes: int) -> list[Route]:
    """Return one POST route per signal."""
    return [
        Route(f"/v1/{signal}", _export(signal, submit, meters, max_body_bytes), methods=["POST"])
        for signal in Signal
    ]


def _export(
    signal: Signal, submit: Submit, meters: Meters, limit: int
) -> Callable[[Request], Awaitable[Response]]:
    async def export(request: Request) -> Response:
        media = MediaType.PROTOBUF
        try:
            media = media_type(request.headers.get("content-type", ""))
            body = await _body(request, limit)
            wire = to_wire(signal, media, inflate(body, request.headers.get("content-encoding", ""), limit))
            reply = _reply(response_to(signal, await submit(signal, wire)), media, 200)
        except CollectorError as error:
            reply = _refusal(error, media)
        meters.requests.labels(signal.value, "http", str(reply.status_code)).inc()
        return reply

    return export


async def _body(request: Request, limit: int) -> bytes:
    """Read the body, and stop as soon as it is over the limit."""
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                raise TooLarge(f"the body is over {limit} bytes: send smaller batches")
    except ClientDisconnect as error:
        raise BadRequest("the body ended early") from error
    return b"".join(chunks)


def _refusal(error: CollectorError, media: MediaType) -> Response:
    reply = _reply(status_of(error), media, code_of(error).http)
    if error.retryable:
        reply.headers["Retry-After"] = str(RETRY_AFTER_S)
    return reply


def _reply(message: Message, media: MediaType, code: int) -> Response:
    content = json_format.MessageToJson(message) if media is MediaType.JSON else message.SerializeToString()
    return Response(content, code, media_type=media.value)
