"""HTTP bodies to protobuf bytes without keeping the event loop: what takes long is done on a thread."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from tokenlake_collector.errors import TooLarge
from tokenlake_collector.receive.encodings import MediaType, inflate, to_wire
from tokenlake_collector.signals import Signal

QUICK_BYTES = 2**20
"""What is inflated on the loop: 1 MiB takes a millisecond or two."""

QUICK_JSON_BYTES = 2**16
"""What is translated from JSON on the loop: 64 KiB take some 4 ms, less than a change of threads saves."""

_THREAD = ThreadPoolExecutor(1, "tokenlake-translation")
"""One for all: translation holds the GIL, so that a second one would only hold more memory."""


async def translate(signal: Signal, media: MediaType, body: bytes, coding: str, limit: int) -> bytes:
    """Return a body as protobuf bytes; `limit` is the largest that it may be when inflated, in bytes.

    Raises:
        UnsupportedEncoding: the Content-Encoding is not spoken.
        TooLarge: the inflated body is over the limit, or holds too many JSON values.
        BadRequest: the body is not what its headers say.
    """
    loop = asyncio.get_running_loop()
    try:
        inflated = inflate(body, coding, min(limit, QUICK_BYTES))
    except TooLarge:
        if limit <= QUICK_BYTES:
            raise
        inflated = await loop.run_in_executor(_THREAD, inflate, body, coding, limit)
    if media is MediaType.JSON and len(inflated) > QUICK_JSON_BYTES:
        return await loop.run_in_executor(_THREAD, to_wire, signal, media, inflated)
    return to_wire(signal, media, inflated)
