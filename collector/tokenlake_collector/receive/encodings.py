"""HTTP bodies to protobuf bytes: decompression with a cap, and OTLP/JSON."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from backports import zstd

from tokenlake_collector.decode.otlp_json import to_protobuf
from tokenlake_collector.errors import BadRequest, TooLarge, UnsupportedEncoding
from tokenlake_collector.signals import Signal


class MediaType(StrEnum):
    """The two encodings of an OTLP/HTTP body."""

    PROTOBUF = "application/x-protobuf"
    JSON = "application/json"


def media_type(content_type: str) -> MediaType:
    """Read a Content-Type header, parameters allowed.

    Raises:
        UnsupportedEncoding: it is neither protobuf nor JSON.
    """
    name = content_type.partition(";")[0].strip().lower()
    try:
        return MediaType(name)
    except ValueError:
        raise UnsupportedEncoding(
            f"Content-Type {name!r}: send {MediaType.PROTOBUF} or {MediaType.JSON}"
        ) from None


def inflate(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo a Content-Encoding; `limit` is the largest result, in bytes.

    Raises:
        UnsupportedEncoding: the encoding is not one of identity, gzip, deflate, zstd.
        TooLarge: the result is over the limit (reading stops there).
        BadRequest: the bytes are not of that encoding, or end early.
    """
    name = encoding.strip().lower() or "identity"
    if name != "identity" and name not in _INFLATE:
        raise UnsupportedEncoding(f"Content-Encoding {name!r}: send identity, {', '.join(_INFLATE)}")
    try:
        inflated = body if name == "identity" else _INFLATE[name](body, limit + 1)
    except (zlib.error, zstd.ZstdError, EOFError) as error:
        raise BadRequest(f"the body is not {name}: {error}") from error
    if len(inflated) > limit:
        raise TooLarge(f"the body is over {limit} bytes after decompression: send smaller batches")
    return inflated


def to_wire(signal: Signal, media: MediaType, body: bytes) -> bytes:
    """Return a request as protobuf bytes, whatever it came as.

    Raises:
        BadRequest: a JSON body is not an OTLP request.
    """
    return to_protobuf(signal, body) if media is MediaType.JSON else body


class _Stream(Protocol):
    """One compressed stream, as zlib's and zstd's decompressors are."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


def _read(body: bytes, size: int, stream: Callable[[], _Stream]) -> bytes:
    """Read one stream after another (gzip members, zstd frames), up to `size` bytes in all."""
    inflated = b""
    left = body
    while left or not inflated:
        current = stream()
        inflated += current.decompress(left, size - len(inflated))
        if len(inflated) >= size:
            return inflated
        if not current.eof:
            raise EOFError("it ends early")
        left = current.unused_data
        if not left:
            break
    return inflated


def _gunzip(body: bytes, size: int) -> bytes:
    return _read(body, size, lambda: zlib.decompressobj(zlib.MAX_WBITS | 16))


def _inflate(body: bytes, size: int) -> bytes:
    """HTTP's "deflate" is a zlib stream; some senders leave its two header bytes away."""
    try:
        return _read(body, size, lambda: zlib.decompressobj(zlib.MAX_WBITS))
    except zlib.error:
        return _read(body, size, lambda: zlib.decompressobj(-zlib.MAX_WBITS))


def _unzstd(body: bytes, size: int) -> bytes:
    return _read(body, size, zstd.ZstdDecompressor)


_INFLATE: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "deflate": _inflate,
    "zstd": _unzstd,
}
