"""What a sender may do with HTTP itself, and what it is told."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.manners import LIMIT, good
from harness.raw_http import chunked, http_request
from tokenlake_collector.receive.encodings import MEMBERS
from tokenlake_collector.signals import Signal

_BODY = good(Signal.TRACES)
_ZIPPED = gzip.compress(_BODY)
_PROTOBUF = {"Content-Type": "application/x-protobuf"}
_JSON = {"Content-Type": "application/json"}
_GZIP = _PROTOBUF | {"Content-Encoding": "gzip"}
_TYPES = {"accept": "application/x-protobuf, application/json"}
_CODINGS = {"accept-encoding": "gzip, deflate, zstd"}
_POST = {"allow": "POST"}


@dataclass(frozen=True)
class HttpManner:
    """One request as bytes, the reply's code, and headers that are in the reply."""

    name: str
    request: bytes
    code: int
    headers: Mapping[str, str] = field(default_factory=dict)


def _post(headers: Mapping[str, str], body: bytes = _BODY, path: str = "/v1/traces") -> bytes:
    return http_request(path, headers, body)


def _method(method: str) -> bytes:
    return http_request("/v1/traces", {}, b"", method)


def _coded(coding: str, body: bytes = _ZIPPED) -> bytes:
    return _post(_PROTOBUF | {"Content-Encoding": coding}, body)


def _wrong_checksum() -> bytes:
    damaged = bytearray(_ZIPPED)
    damaged[-5] ^= 1
    return bytes(damaged)


_TWO_CODINGS = _post(_GZIP, gzip.compress(_ZIPPED)).replace(
    b"Content-Encoding: gzip\r\n", b"Content-Encoding: gzip\r\n" * 2
)
_CHUNKED = _post(_PROTOBUF, b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
_EXPECTING = _post(_PROTOBUF | {"Expect": "100-continue"})
_HALVES = gzip.compress(_BODY[:50]) + gzip.compress(_BODY[50:])

HTTP_MANNERS = (
    *(HttpManner(f"{name} instead of POST", _method(name), 405, _POST) for name in ("GET", "PUT", "DELETE")),
    *(HttpManner(f"{name} instead of POST", _method(name), 405, _POST) for name in ("HEAD", "OPTIONS")),
    HttpManner("the path /v1/profiles", _post(_PROTOBUF, path="/v1/profiles"), 404),
    HttpManner("the path /V1/traces", _post(_PROTOBUF, path="/V1/traces"), 404),
    HttpManner("the path /v1/traces/", _post(_PROTOBUF, path="/v1/traces/"), 307),
    HttpManner("a query after the path", _post(_PROTOBUF, path="/v1/traces?tenant=a"), 200),
    HttpManner("no Content-Type", _post({}), 415, _TYPES),
    HttpManner("Content-Type: text/plain", _post({"Content-Type": "text/plain"}), 415, _TYPES),
    HttpManner("Content-Type: application/grpc", _post({"Content-Type": "application/grpc"}), 415, _TYPES),
    HttpManner(
        "Content-Type: application/json; charset=utf-8",
        _post({"Content-Type": "application/json; charset=utf-8"}, b"{}"),
        200,
        {"content-type": "application/json"},
    ),
    HttpManner(
        "Content-Type: APPLICATION/X-PROTOBUF",
        _post({"Content-Type": "APPLICATION/X-PROTOBUF"}),
        200,
        {"content-type": "application/x-protobuf"},
    ),
    HttpManner("Content-Encoding: br", _coded("br"), 415, _CODINGS),
    HttpManner("Content-Encoding: gzip, gzip", _coded("gzip, gzip", gzip.compress(_ZIPPED)), 415, _CODINGS),
    HttpManner("Content-Encoding: gzip in two lines", _TWO_CODINGS, 415, _CODINGS),
    HttpManner("Content-Encoding: identity, gzip", _coded("identity, gzip"), 200),
    HttpManner("Content-Encoding: x-gzip", _coded("x-gzip"), 200),
    HttpManner("Content-Encoding: GZIP", _coded("GZIP"), 200),
    HttpManner("an empty Content-Encoding", _coded("", _BODY), 200),
    HttpManner(
        "gzip with JSON inside", _post(_JSON | {"Content-Encoding": "gzip"}, gzip.compress(b"{}")), 200
    ),
    HttpManner("gzip in two members", _coded("gzip", _HALVES), 200),
    HttpManner(f"gzip in {MEMBERS + 1} members", _coded("gzip", gzip.compress(b"") * MEMBERS + _ZIPPED), 400),
    HttpManner("gzip that ends early", _coded("gzip", _ZIPPED[:-9]), 400),
    HttpManner("gzip with a wrong checksum", _coded("gzip", _wrong_checksum()), 400),
    HttpManner("gzip with something after it", _coded("gzip", _ZIPPED + b"something"), 400),
    HttpManner("gzip that is none", _coded("gzip", _BODY), 400),
    HttpManner("gzip of no bytes, not even a header", _coded("gzip", b""), 400),
    HttpManner("a body in chunks, without a length", _CHUNKED + chunked(_BODY, 7), 200),
    HttpManner("more than the limit in chunks", _CHUNKED + chunked(bytes(LIMIT + 1), LIMIT // 4), 413),
    HttpManner("Expect: 100-continue", _EXPECTING, 200),
    HttpManner("HTTP/1.0", http_request("/v1/traces", _PROTOBUF, _BODY, version="1.0"), 200),
    HttpManner("a length that is none", _post(_PROTOBUF | {"Content-Length": "-1"}), 400),
    HttpManner("something else than HTTP", b"\x16\x03\x01\x00 \r\n\r\n", 400),
)
