"""OTLP over HTTP: `/v1/traces`, `/v1/logs`, `/v1/metrics`; the reply is encoded like the request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from google.protobuf import json_format
from google.protobuf.message import Message
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from tokenlake_collector.access import Scope, Tokens
from tokenlake_collector.errors import BadRequest, CollectorError, TooLarge
from tokenlake_collector.meters import Meters
from tokenlake_collector.receive import Submit
from tokenlake_collector.receive.encodings import MediaType, media_type
from tokenlake_collector.receive.receptions import Receptions
from tokenlake_collector.receive.replies import code_of, headers_of, response_to, status_of
from tokenlake_collector.receive.translation import translate
from tokenlake_collector.signals import Signal

PATHS = {signal: f"/v1/{signal}" for signal in Signal}


def otlp_routes(submit: Submit, meters: Meters, tokens: Tokens, receptions: Receptions) -> list[Route]:
    """Return one POST route per signal; each checks the token itself, to refuse in the request's encoding."""
    return [
        Route(path, _export(signal, submit, meters, tokens, receptions), methods=["POST"])
        for signal, path in PATHS.items()
    ]


def _export(
    signal: Signal, submit: Submit, meters: Meters, tokens: Tokens, receptions: Receptions
) -> Callable[[Request], Awaitable[Response]]:
    limit = receptions.limits.max_body_bytes

    async def export(request: Request) -> Response:
        media = MediaType.PROTOBUF
        refusal: CollectorError | None = None
        try:
            media = media_type(request.headers.get("content-type", ""))
            tokens.check(Scope.INGEST, request.headers)
            body = await _body(request, receptions)
            meters.requests.arrived("http", len(body))
            coding = ", ".join(request.headers.getlist("content-encoding"))
            wire = await translate(signal, media, body, coding, limit)
            reply = _reply(response_to(signal, await submit(signal, wire)), media, 200)
        except CollectorError as error:
            refusal = error.released()
            reply = _refusal(error, media)
        meters.requests.answered(signal, "http", str(reply.status_code), refusal)
        return reply

    return export


async def _body(request: Request, receptions: Receptions) -> bytes:
    """Read the body, and stop as soon as it is over the limit; one that says so is not read at all."""
    limit = receptions.limits.max_body_bytes
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    try:
        async with receptions.begin() as reception:
            async for chunk in request.stream():
                chunks.append(chunk)
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit)
                reception.add(len(chunk))
    except ClientDisconnect as error:
        raise BadRequest("the body ended early") from error
    return b"".join(chunks)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is over {limit} bytes: send smaller batches")


def _refusal(error: CollectorError, media: MediaType) -> Response:
    reply = _reply(status_of(error), media, code_of(error).http)
    reply.headers.update(headers_of(error))
    return reply


def _reply(message: Message, media: MediaType, code: int) -> Response:
    content = json_format.MessageToJson(message) if media is MediaType.JSON else message.SerializeToString()
    return Response(content, code, media_type=media.value)
