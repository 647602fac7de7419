"""Content encodings and types of HTTP bodies."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
import zstandard

from harness.otlp import SpanSpec, trace_bytes
from tokenlake_collector.errors import BadRequest, TooLarge, UnsupportedEncoding, UnsupportedMediaType
from tokenlake_collector.receive.encodings import MEMBERS, MediaType, inflate, media_type, to_wire
from tokenlake_collector.signals import Signal

BODY = trace_bytes(*[SpanSpec(span_id=number) for number in range(1, 200)])
LIMIT = len(BODY)
MIB = 2**20


def _raw_deflate(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(body) + stream.flush()


def _zstd_of_unknown_size(body: bytes) -> bytes:
    stream = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    return stream.compress(body) + stream.flush()


def _checked_zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(body)


Compress = Callable[[bytes], bytes]
WAYS: dict[str, tuple[str, Compress]] = {
    "gzip": ("gzip", gzip.compress),
    "zlib": ("deflate", zlib.compress),
    "raw deflate": ("deflate", _raw_deflate),
    "zstd": ("zstd", zstandard.compress),
    "zstd of unknown size": ("zstd", _zstd_of_unknown_size),
    "zstd with a checksum": ("zstd", _checked_zstd),
}
SEVERAL = {name: WAYS[name] for name in ("gzip", "zstd", "zstd of unknown size")}
each_way = pytest.mark.parametrize(("encoding", "compress"), WAYS.values(), ids=WAYS)


@each_way
def test_a_body_of_exactly_the_limit_is_inflated(encoding: str, compress: Compress) -> None:
    """The limit is inclusive."""
    assert inflate(compress(BODY), encoding, LIMIT) == BODY


@each_way
def test_a_body_over_the_limit_is_too_large(encoding: str, compress: Compress) -> None:
    """By a single byte."""
    with pytest.raises(TooLarge, match=f"{LIMIT - 1} bytes"):
        inflate(compress(BODY), encoding, LIMIT - 1)


@each_way
def test_an_empty_body_may_be_compressed(encoding: str, compress: Compress) -> None:
    """An empty request is a request."""
    assert b"" == inflate(compress(b""), encoding, LIMIT)


@pytest.mark.parametrize("encoding", ["", "identity", " Identity ", "identity, ,identity"])
def test_identity_is_the_body_itself(encoding: str) -> None:
    """Named or not; its size is limited like any other."""
    assert BODY == inflate(BODY, encoding, LIMIT)
    with pytest.raises(TooLarge):
        inflate(BODY, encoding, LIMIT - 1)


@pytest.mark.parametrize(("encoding", "compress"), SEVERAL.values(), ids=SEVERAL)
def test_several_members_or_frames_are_one_body(encoding: str, compress: Compress) -> None:
    """Senders that compress in pieces lose none (RFC 1952, section 2.2; RFC 8878, section 3)."""
    half = LIMIT // 2
    pieces = compress(BODY[:half]) + compress(BODY[half:])

    assert inflate(pieces, encoding, LIMIT) == BODY
    with pytest.raises(TooLarge):
        inflate(pieces, encoding, LIMIT - 1)


@pytest.mark.parametrize(("encoding", "compress"), SEVERAL.values(), ids=SEVERAL)
def test_members_that_are_too_many_are_a_bad_request(encoding: str, compress: Compress) -> None:
    """A thousand are read, the last of them with content; a million empty ones would take half a minute."""
    empty = compress(b"")

    assert inflate(empty * (MEMBERS - 1) + compress(BODY), encoding, LIMIT) == BODY
    with pytest.raises(BadRequest, match="more than 1000 pieces"):
        inflate(empty * MEMBERS + compress(BODY), encoding, LIMIT)


def test_a_skippable_frame_of_zstd_is_skipped() -> None:
    """RFC 8878, section 3.1.2: four bytes that are not for us stand before the data."""
    assert inflate(b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd" + zstandard.compress(BODY), "zstd", LIMIT) == BODY


@each_way
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_a_body_that_ends_early_is_a_bad_request(encoding: str, compress: Compress, kept: float) -> None:
    """A truncated body must never pass for a shorter or an empty request: its spans would be lost."""
    whole = compress(BODY)
    cut = whole[: min(int(len(whole) * kept), len(whole) - 1)]
    with pytest.raises(BadRequest, match=encoding):
        inflate(cut, encoding, LIMIT)


@pytest.mark.parametrize("way", ["gzip", "zlib", "zstd with a checksum"])
def test_a_body_with_a_wrong_checksum_is_a_bad_request(way: str) -> None:
    """The last bytes are the check: flip one bit of it."""
    encoding, compress = WAYS[way]
    whole = bytearray(compress(BODY))
    whole[-5 if way == "gzip" else -1] ^= 1
    with pytest.raises(BadRequest):
        inflate(bytes(whole), encoding, LIMIT)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
@pytest.mark.parametrize(
    "body", [BODY, b"\x00", b"plain text", b"\xff" * 100], ids=["otlp", "0", "text", "ff"]
)
def test_a_body_that_was_not_compressed_is_a_bad_request(encoding: str, body: bytes) -> None:
    """The header promises what the body does not keep."""
    with pytest.raises(BadRequest, match=encoding):
        inflate(body, encoding, LIMIT)


def _gzip_bomb() -> bytes:
    """1 GiB of zeros: one MiB compressed on its own (full flush), a thousand times over."""
    stream = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    piece = stream.compress(bytes(MIB)) + stream.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + piece * 1024


def _deflate_bomb() -> bytes:
    return _gzip_bomb()[10:]


def _zstd_bomb() -> bytes:
    stream = zstandard.ZstdCompressor(level=1).compressobj()
    return b"".join(stream.compress(bytes(MIB)) for _ in range(1024)) + stream.flush()


@pytest.mark.parametrize(
    ("encoding", "bomb"), [("gzip", _gzip_bomb), ("deflate", _deflate_bomb), ("zstd", _zstd_bomb)]
)
def test_a_bomb_stops_at_the_limit(encoding: str, bomb: Callable[[], bytes]) -> None:
    """1 GiB in about 1 MiB: refused, and never more than a few MiB in memory."""
    body = bomb()
    assert len(body) < 2 * MIB
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            inflate(body, encoding, MIB)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 8 * MIB


@pytest.mark.parametrize("encoding", ["GZIP", " gzip ", "Gzip", "x-gzip", "identity, gzip", ", gzip ,"])
def test_an_encoding_has_several_spellings(encoding: str) -> None:
    """Any case, padding, the old name, and a list with members that mean nothing (RFC 9110)."""
    assert inflate(gzip.compress(BODY), encoding, LIMIT) == BODY


@pytest.mark.parametrize("encoding", ["br", "snappy", "x", "gzip, gzip", "gzip, br"])
def test_another_encoding_is_refused_with_what_to_send(encoding: str) -> None:
    """The message names the header's value and the encodings that are spoken."""
    with pytest.raises(UnsupportedEncoding, match=f"'{encoding}'.*identity, gzip, deflate, zstd"):
        inflate(BODY, encoding, LIMIT)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("application/x-protobuf", MediaType.PROTOBUF),
        ("application/json", MediaType.JSON),
        ("application/json; charset=utf-8", MediaType.JSON),
        ("Application/JSON ;charset=UTF-8", MediaType.JSON),
        (" application/x-protobuf;v=1;w=2", MediaType.PROTOBUF),
    ],
)
def test_a_content_type_may_have_parameters(header: str, expected: MediaType) -> None:
    """Case and parameters do not matter."""
    assert expected is media_type(header)


@pytest.mark.parametrize("header", ["", "text/plain", "application/jsonx", "application", "; charset=utf-8"])
def test_another_content_type_is_refused_with_what_to_send(header: str) -> None:
    """The message names both types that are spoken."""
    with pytest.raises(UnsupportedMediaType, match="application/x-protobuf or application/json"):
        media_type(header)


def test_protobuf_is_passed_on_and_json_translated() -> None:
    """Below the transport there are only protobuf bytes."""
    assert (BODY, b"") == (
        to_wire(Signal.TRACES, MediaType.PROTOBUF, BODY),
        to_wire(Signal.TRACES, MediaType.JSON, b'{"resourceSpans": []}'),
    )
