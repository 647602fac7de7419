"""One HTTP request as bytes on a socket, and the reply as it comes: no client library tidies it up."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Mapping
from dataclasses import dataclass

_TIMEOUT_S = 30


@dataclass(frozen=True)
class HttpReply:
    """A reply; the names of `headers` are in lower case."""

    code: int
    headers: Mapping[str, str]
    body: bytes


def exchange(address: str, request: bytes) -> HttpReply:
    """Send bytes to `host:port` and read the reply; 1xx replies before it are skipped."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=_TIMEOUT_S) as connection:
        connection.sendall(request)
        response = http.client.HTTPResponse(connection, method=request.partition(b" ")[0].decode("ascii"))
        try:
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return HttpReply(response.status, headers, response.read())
        finally:
            response.close()


def http_request(
    path: str, headers: Mapping[str, str], body: bytes, method: str = "POST", version: str = "1.1"
) -> bytes:
    """Return a request as bytes, with the headers that are given and the length of its body."""
    lines = [f"{method} {path} HTTP/{version}", "Host: collector", "Connection: close"]
    lines += [
        f"{name}: {value}" for name, value in ({"Content-Length": str(len(body))} | dict(headers)).items()
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def chunked(body: bytes, size: int) -> bytes:
    """Return a body in chunks of `size` bytes, for `Transfer-Encoding: chunked` (RFC 9112, section 7.1)."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])
