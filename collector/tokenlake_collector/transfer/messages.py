"""The messages in a file of OTLP, as the OpenTelemetry Collector's file exporter writes it.

JSON: one export request on each line. Protobuf, and JSON that is compressed message by message: each request
behind its length (4 bytes, big-endian). Either may also be compressed as a whole (zstd, gzip).
"""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backports import zstd

from tokenlake_collector.decode.otlp_json import to_protobuf
from tokenlake_collector.errors import BadRequest, TooLarge
from tokenlake_collector.limits import MIB
from tokenlake_collector.signals import Signal
from tokenlake_collector.transfer.message_signal import signal_of

LARGEST_MESSAGE = 256 * MIB
"""Bytes of one message. A longer length is none: the file is something else."""

_BLANK = b"\xef\xbb\xbf \t\r\n"
"""What may stand before JSON: white space, and the mark that some put at the beginning of UTF-8."""

_ZSTD = b"\x28\xb5\x2f\xfd"
_OPENERS: dict[bytes, Callable[[Path], Any]] = {_ZSTD: zstd.open, b"\x1f\x8b": gzip.open}
_KEY = re.compile(rb'"resource_?(spans|logs|metrics)"', re.IGNORECASE)
_SIGNALS = {b"spans": Signal.TRACES, b"logs": Signal.LOGS, b"metrics": Signal.METRICS}
_UNPACKED = (zstd.ZstdError, OSError, EOFError)


@dataclass(frozen=True, slots=True)
class Message:
    """One export request as protobuf bytes; `place` is the file with the line, or the message's number."""

    place: str
    signal: Signal
    payload: bytes


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was not imported, and why."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


def read_messages(path: Path) -> Iterator[Message | Problem]:
    """Yield what is in a file, in order; what cannot be read is a problem, and the rest goes on if it can."""
    place = str(path)
    try:
        with _opened(path) as file:
            for number, body in enumerate(_bodies(file), 1):
                place = f"{path}:{number}"
                if body.strip():
                    yield _message(place, body)
    except (BadRequest, *_UNPACKED) as error:
        yield Problem(place, f"nothing behind this can be read: {error}")


def _opened(path: Path) -> io.BufferedReader:
    with path.open("rb") as file:
        head = file.read(4)
    for magic, opener in _OPENERS.items():
        if head.startswith(magic):
            return io.BufferedReader(opener(path))
    return path.open("rb")


def _bodies(file: io.BufferedReader) -> Iterator[bytes]:
    head = file.peek(4)[:4].lstrip(_BLANK)
    return _prefixed(file) if head and not head.startswith(b"{") else iter(file)


def _prefixed(file: io.BufferedReader) -> Iterator[bytes]:
    while head := file.read(4):
        size = int.from_bytes(head, "big")
        if len(head) < 4 or size > LARGEST_MESSAGE:
            raise BadRequest("neither JSON lines nor messages behind their lengths")
        body = file.read(size)
        if len(body) < size:
            raise BadRequest(f"the file ends within a message of {size:,} bytes")
        yield body


def _message(place: str, body: bytes) -> Message | Problem:
    try:
        if body.startswith(_ZSTD):
            body = zstd.decompress(body)
        if body.lstrip(_BLANK).startswith(b"{"):
            key = _KEY.search(body)
            if key is None:
                return Problem(place, "has none of resourceSpans, resourceLogs and resourceMetrics")
            signal = _SIGNALS[key[1].lower()]
            return Message(place, signal, to_protobuf(signal, body))
        return Message(place, signal_of(body), body)
    except (BadRequest, TooLarge, zstd.ZstdError) as error:
        return Problem(place, str(error))
