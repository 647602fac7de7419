"""A statement as it comes over HTTP, and the format that the sender wants."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

from tokenlake_collector.limits import MIB
from tokenlake_collector.live_sql.formats import FORMATS, Format
from tokenlake_collector.live_sql.runner import Statement

_MOST_BYTES = MIB
_BODY_S = 30
_ANYTHING = {"", "*/*", "application/*"}

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/plain": {"schema": {"type": "string"}, "example": "SELECT count(*) FROM token_usage"},
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["sql"],
                    "properties": {
                        "sql": {"type": "string"},
                        "parameters": {"oneOf": [{"type": "array", "items": {}}, {"type": "object"}]},
                    },
                }
            },
        },
    }
}
"""The body, for the OpenAPI description."""


def wanted_format(name: str | None, accept: str) -> Format:
    """Return the format of `?format=`, else the first one of an Accept header that there is.

    Raises:
        HTTPException: 422 or 406, there is no such format.
    """
    if name is not None:
        if name not in FORMATS:
            raise HTTPException(422, f"format={name}: write one of {', '.join(FORMATS)}")
        return FORMATS[name]
    by_type = {form.media_type.partition(";")[0]: form for form in FORMATS.values()}
    accepted = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    for media_type in accepted:
        if media_type in by_type:
            return by_type[media_type]
    if _ANYTHING.isdisjoint(accepted):
        raise HTTPException(406, f"Accept: {accept}: there are {', '.join(by_type)}")
    return FORMATS["json"]


async def read_statement(request: Request) -> Statement:
    """Return the body: SQL as text, or an object with `sql` and `parameters`.

    Raises:
        HTTPException: 408, 413 or 422, with the reason.
    """
    body = await _read_body(request)
    try:
        text = body.decode()
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return Statement(text)
        return _of_object(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise HTTPException(422, f"the body is neither SQL in UTF-8 nor such JSON: {error}") from error


def _of_object(content: Any) -> Statement:
    if not isinstance(content, dict) or not isinstance(content.get("sql"), str):
        raise HTTPException(422, 'write {"sql": "SELECT …", "parameters": […]}')
    unknown = sorted(content.keys() - {"sql", "parameters"})
    if unknown:
        raise HTTPException(422, f"{unknown[0]!r} is unknown: there are 'sql' and 'parameters'")
    parameters = content.get("parameters")
    if not isinstance(parameters, list | dict | None):
        raise HTTPException(422, "'parameters' is a list, or an object with their names")
    return Statement(content["sql"], parameters)


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise HTTPException(
                        413, f"the body is over {_MOST_BYTES} bytes: send a shorter statement"
                    )
    except TimeoutError as error:
        raise HTTPException(408, f"the body did not arrive in {_BODY_S} s: send it again") from error
    except ClientDisconnect as error:
        raise HTTPException(422, "the body ended early") from error
    return bytes(body)
