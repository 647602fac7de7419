"""The collector that is examined, and how to reach it."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

from tokenlake_collector.addresses import Address
from tokenlake_collector.doctor.errors import Ailment

_TIMEOUT_S = 10.0
_READ = ("TOKENLAKE_TOKEN", "TOKENLAKE_READ_TOKEN")
_INGEST = ("TOKENLAKE_INGEST_TOKEN", "TOKENLAKE_TOKEN")
_REMEDIES = {
    401: "set TOKENLAKE_READ_TOKEN to a token of scope read, TOKENLAKE_INGEST_TOKEN to one of scope ingest",
    403: "the token is of the other scope: set TOKENLAKE_READ_TOKEN and TOKENLAKE_INGEST_TOKEN",
    404: "it is no tokenlake collector of this version: correct --url",
    422: "it is a tokenlake collector of another version: update it",
    503: "it is busy or cannot write: see its log and /readyz",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer over HTTP, of whatever status; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Site:
    """Both addresses of a collector, and the variables of whoever asks; `grpc` is HOST:PORT."""

    url: str
    grpc: str
    environ: Mapping[str, str]

    @property
    def http(self) -> Address:
        """Where the URL leads."""
        parts = urlsplit(self.url)
        return Address(parts.hostname or "", parts.port or (443 if self.is_encrypted else 80))

    @property
    def is_encrypted(self) -> bool:
        """Whether the collector speaks TLS."""
        return urlsplit(self.url).scheme.lower() == "https"

    @property
    def read_token(self) -> str | None:
        """What opens the statistics."""
        return next(filter(None, map(self.environ.get, _READ)), None)

    @property
    def ingest_token(self) -> str | None:
        """What opens OTLP."""
        return next(filter(None, map(self.environ.get, _INGEST)), None)

    def get(self, path: str, token: str | None = None) -> Reply:
        """Ask for a path; without a `token`, as a stranger would.

        Raises:
            Ailment: nothing answers in HTTP.
        """
        return self._sent(urllib.request.Request(self.url + path), token)  # noqa: S310 - http or https

    def post(self, path: str, body: bytes, media_type: str) -> None:
        """Send a body with the ingest token.

        Raises:
            Ailment: it is not taken.
        """
        headers = {"Content-Type": media_type}
        request = urllib.request.Request(self.url + path, body, headers)  # noqa: S310 - http or https
        _taken(path, self._sent(request, self.ingest_token))

    def json(self, path: str) -> Any:
        """Return what a path answers, asked with the read token.

        Raises:
            Ailment: it does not answer, or not in JSON.
        """
        reply = _taken(path, self.get(path, self.read_token))
        try:
            return json.loads(reply.body)
        except ValueError as error:
            raise Ailment(f"{path} does not answer in JSON", _REMEDIES[404]) from error

    def _sent(self, request: urllib.request.Request, token: str | None) -> Reply:
        if token is not None:
            request.add_unredirected_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as reply:  # noqa: S310 - as above
                return Reply(reply.status, _lower(reply.headers), reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, _lower(error.headers), error.read())
        except OSError as error:
            remedy = "start a collector (tokenlake serve), or correct --url"
            raise Ailment(f"{self.url} does not answer ({error})", remedy) from error
        except http.client.HTTPException as error:
            remedy = "name the HTTP port with --url (4318), the gRPC port with --grpc (4317)"
            raise Ailment(f"{self.url} does not speak HTTP", remedy) from error


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _taken(path: str, reply: Reply) -> Reply:
    if reply.status != http.HTTPStatus.OK:
        remedy = _REMEDIES.get(reply.status, "see the collector's log")
        raise Ailment(f"{path} answers {reply.status} {http.client.responses.get(reply.status, '')}", remedy)
    return reply
