"""Files as the OpenTelemetry Collector's file exporter writes them."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable

import zstandard

from harness.captures import Request
from harness.otlp_json import as_json

File = Callable[[Iterable[Request]], bytes]


def json_lines(requests: Iterable[Request]) -> bytes:
    """Return a request on each line."""
    return b"".join(as_json(request.signal, request.payload) + b"\n" for request in requests)


def behind_lengths(bodies: Iterable[bytes]) -> bytes:
    """Return each body behind its length in 4 bytes, big-endian."""
    return b"".join(len(body).to_bytes(4, "big") + body for body in bodies)


def protobuf(requests: Iterable[Request]) -> bytes:
    """Return protobuf requests behind their lengths."""
    return behind_lengths(request.payload for request in requests)


FILES: dict[str, File] = {
    "json": json_lines,
    "json, zstd as a whole": lambda requests: zstandard.compress(json_lines(requests)),
    "json, gzip as a whole": lambda requests: gzip.compress(json_lines(requests)),
    "json, zstd each": lambda requests: behind_lengths(
        zstandard.compress(as_json(request.signal, request.payload)) for request in requests
    ),
    "proto": protobuf,
    "proto, zstd as a whole": lambda requests: zstandard.compress(protobuf(requests)),
    "proto, zstd each": lambda requests: behind_lengths(
        zstandard.compress(request.payload) for request in requests
    ),
}
"""Every way in which that exporter, or a person after it, may have written some requests."""
