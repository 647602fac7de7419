"""HTTP bodies to protobuf bytes: decompression with a cap, and OTLP/JSON."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from backports import zstd

from tokenlake_collector.decode.otlp_json import to_protobuf
from tokenlake_collector.errors import BadRequest, TooLarge, UnsupportedEncoding, UnsupportedMediaType
from tokenlake_collector.signals import Signal

MEMBERS = 1000
"""Gzip members or zstd frames in one body. A body of millions of empty ones would take half a minute."""

_WINDOW = 2**16
"""Bytes that a decompressor gets at once: it copies what it does not use, so never all that follows."""

_IDENTITY = "identity"
_ALIASES = {"x-gzip": "gzip"}
"""RFC 9110, section 8.4.1.3: a recipient should take the one for the other."""


class MediaType(StrEnum):
    """The two encodings of an OTLP/HTTP body."""

    PROTOBUF = "application/x-protobuf"
    JSON = "application/json"


def media_type(content_type: str) -> MediaType:
    """Read a Content-Type header, parameters allowed.

    Raises:
        UnsupportedMediaType: it is neither protobuf nor JSON.
    """
    name = content_type.partition(";")[0].strip().lower()
    try:
        return MediaType(name)
    except ValueError:
        raise UnsupportedMediaType(
            f"Content-Type {name!r}: send {MediaType.PROTOBUF} or {MediaType.JSON}"
        ) from None


def inflate(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo a Content-Encoding; `limit` is the largest result, in bytes.

    Raises:
        UnsupportedEncoding: the encoding is not one of identity, gzip, deflate, zstd, or there are several.
        TooLarge: the result is over the limit (reading stops there).
        BadRequest: the bytes are not of that encoding, end early, or are in too many pieces.
    """
    name = _coding(encoding)
    try:
        inflated = body if name == _IDENTITY else _INFLATE[name](body, limit + 1)
    except (zlib.error, zstd.ZstdError, EOFError) as error:
        raise BadRequest(f"the body is not {name}: {error}") from error
    if len(inflated) > limit:
        raise TooLarge(f"the body is over {limit} bytes after decompression: send smaller batches")
    return inflated


def to_wire(signal: Signal, media: MediaType, body: bytes) -> bytes:
    """Return a request as protobuf bytes, whatever it came as.

    Raises:
        BadRequest: a JSON body is not an OTLP request.
        TooLarge: a JSON body holds too many values.
    """
    return to_protobuf(signal, body) if media is MediaType.JSON else body


class _Stream(Protocol):
    """One compressed stream, as zlib's and zstd's decompressors are."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


def _coding(header: str) -> str:
    """Return the one coding that a Content-Encoding names (RFC 9110, sections 5.6.1.2 and 8.4).

    The header is a list that may have empty members, and `identity` changes nothing. Several codings may be
    refused, and are: nobody compresses twice but to hide how large the result is.
    """
    names = [name.strip().lower() for name in header.split(",")]
    applied = [_ALIASES.get(name, name) for name in names if name not in {"", _IDENTITY}]
    if not applied:
        return _IDENTITY
    if len(applied) > 1 or applied[0] not in _INFLATE:
        spoken = ", ".join((_IDENTITY, *_INFLATE))
        raise UnsupportedEncoding(f"Content-Encoding {header.strip().lower()!r}: send one of {spoken}")
    return applied[0]


def _read(body: bytes, size: int, stream: Callable[[], _Stream]) -> bytes:
    """Read one stream after another (gzip members, zstd frames), up to `size` bytes in all."""
    pieces: list[bytes] = []
    room, position = size, 0
    for _ in range(MEMBERS):
        current = stream()
        while room > 0 and not current.eof:
            window = body[position : position + _WINDOW]
            if not window:
                raise EOFError("it ends early")
            pieces.append(current.decompress(window, room))
            room -= len(pieces[-1])
            position += len(window) - len(current.unused_data)
        if room <= 0 or position == len(body):
            return b"".join(pieces)
    raise EOFError(f"it is in more than {MEMBERS} pieces")


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

CODINGS = tuple(_INFLATE)
"""The content codings that are spoken besides identity."""
