"""Large bodies keep nobody waiting: they are inflated and translated beside the event loop."""

from __future__ import annotations

import asyncio
import gzip
import json

import pytest

from tokenlake_collector.errors import TooLarge
from tokenlake_collector.receive.encodings import MediaType
from tokenlake_collector.receive.translation import QUICK_BYTES, QUICK_JSON_BYTES, translate
from tokenlake_collector.signals import Signal

pytestmark = pytest.mark.anyio

LIMIT = 4 * QUICK_BYTES


def padded(size: int) -> bytes:
    """Return an empty JSON request of so many bytes."""
    return b"{" + b" " * (size - 2) + b"}"


async def is_done_at_once(media: MediaType, body: bytes, coding: str = "") -> bool:
    """Tell whether a body is translated within one step of the loop; wait for the result either way."""
    task = asyncio.create_task(translate(Signal.TRACES, media, body, coding, LIMIT))
    await asyncio.sleep(0)
    at_once = task.done()
    await task
    return at_once


@pytest.mark.parametrize(
    ("media", "body", "coding", "at_once"),
    [
        (MediaType.JSON, padded(QUICK_JSON_BYTES), "", True),
        (MediaType.JSON, padded(QUICK_JSON_BYTES + 1), "", False),
        (MediaType.JSON, gzip.compress(padded(QUICK_JSON_BYTES + 1)), "gzip", False),
        (MediaType.PROTOBUF, gzip.compress(bytes(QUICK_BYTES)), "gzip", True),
        (MediaType.PROTOBUF, gzip.compress(bytes(QUICK_BYTES + 1)), "gzip", False),
    ],
    ids=["small JSON", "large JSON", "JSON that grows", "small protobuf", "protobuf that grows"],
)
async def test_what_takes_long_does_not_keep_the_loop(
    media: MediaType, body: bytes, coding: str, at_once: bool
) -> None:
    """The loop goes on with others while the thread works."""
    assert at_once == await is_done_at_once(media, body, coding)


async def test_the_limit_holds_on_the_thread_too() -> None:
    """One byte over it is too large, at it is not."""
    whole = await translate(Signal.TRACES, MediaType.PROTOBUF, gzip.compress(bytes(LIMIT)), "gzip", LIMIT)
    with pytest.raises(TooLarge):
        await translate(Signal.TRACES, MediaType.PROTOBUF, gzip.compress(bytes(LIMIT + 1)), "gzip", LIMIT)

    assert bytes(LIMIT) == whole


async def test_json_of_too_many_values_is_too_large() -> None:
    """A million empty objects are 2 MiB of text and a hundred times that as objects."""
    body = json.dumps({"resourceSpans": [{}] * 1_000_001}, separators=(",", ":")).encode()
    with pytest.raises(TooLarge, match="1000000 JSON values"):
        await translate(Signal.TRACES, MediaType.JSON, body, "", LIMIT)
