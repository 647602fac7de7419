"""Large export requests in parts: decoding takes about seven times the bytes that it decodes."""

from __future__ import annotations

from collections.abc import Iterator

SLICE_BYTES = 8 * 2**20

_RESOURCE = 1
_INNER = 2
"""Numbers of fields that the signals share: a request's resources; a resource's scopes, a scope's records."""

_LENGTH_DELIMITED = 2


class _Malformed(Exception):
    """Not for this file to say: the decoder refuses it with a reason."""


def sliced(payload: bytes) -> Iterator[bytes]:
    """Yield an export request as requests of little more than `SLICE_BYTES`, with the same records in order.

    A single record is never cut. What is malformed is yielded as it is, perhaps after some sound parts.
    """
    if len(payload) <= SLICE_BYTES:
        yield payload
        return
    held, size = [b""], 0
    try:
        for part in _parts(payload):
            held.append(part)
            size += len(part)
            if size >= SLICE_BYTES:
                yield b"".join(held)
                held, size = [b""], 0
    except _Malformed:
        held = [payload]
    yield b"".join(held)


def _parts(payload: bytes) -> Iterator[bytes]:
    """Yield each resource of a request as a request of its own, or in several if it is large."""
    for number, start, begin, end in _fields(payload, 0, len(payload)):
        if number == _RESOURCE and end - begin > SLICE_BYTES:
            for inside in _cut(payload, begin, end, levels=2):
                yield _field(_RESOURCE, inside)
        else:
            yield payload[start:end]


def _cut(payload: bytes, begin: int, end: int, levels: int) -> Iterator[bytes]:
    """Yield a message in several, each with all its fields but the repeated inner ones, and some of those."""
    around = (field for field in _fields(payload, begin, end) if field[0] != _INNER)
    head = b"".join(payload[start:stop] for _, start, _, stop in around)
    held, size = [head], 0
    for number, start, inside, stop in _fields(payload, begin, end):
        if number != _INNER:
            continue
        large = levels > 1 and stop - inside > SLICE_BYTES
        pieces = _cut(payload, inside, stop, levels - 1) if large else ()
        for piece in (_field(_INNER, part) for part in pieces) if large else (payload[start:stop],):
            held.append(piece)
            size += len(piece)
            if size >= SLICE_BYTES:
                yield b"".join(held)
                held, size = [head], 0
    yield b"".join(held)


def _fields(payload: bytes, begin: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield number, start, start of the content and end of each length-delimited field."""
    place = begin
    while place < end:
        start = place
        tag, place = _varint(payload, place, end)
        if tag & 7 != _LENGTH_DELIMITED:
            raise _Malformed
        length, place = _varint(payload, place, end)
        if place + length > end:
            raise _Malformed
        yield tag >> 3, start, place, place + length
        place += length


def _varint(payload: bytes, place: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while place < end and shift < 64:
        byte = payload[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
        shift += 7
    raise _Malformed


def _field(number: int, content: bytes) -> bytes:
    size, length = bytearray(), len(content)
    while length > 127:
        size.append(length & 127 | 128)
        length >>= 7
    size.append(length)
    return bytes([number << 3 | _LENGTH_DELIMITED]) + bytes(size) + content
