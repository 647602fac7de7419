"""Requests posted to a running collector, as any sender of OTLP does."""

from __future__ import annotations

import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence

from google.rpc.status_pb2 import Status

from tokenlake_collector.errors import BadRequest
from tokenlake_collector.ingest import Accepted, Outcome
from tokenlake_collector.receive.replies import accepted_in
from tokenlake_collector.signals import Signal
from tokenlake_collector.transfer.errors import TransferError

_TIMEOUT_S = 60
_TRIES, _PAUSE_S = 60, 2.0
_RETRYABLE = frozenset({429, 502, 503, 504})
_FOR_EVER = frozenset({400, 413})
_TOKENS = ("TOKENLAKE_TOKEN", "TOKENLAKE_INGEST_TOKEN")
_REMEDIES = {
    401: "set TOKENLAKE_INGEST_TOKEN",
    403: "set TOKENLAKE_INGEST_TOKEN to a token of scope ingest",
    404: "is it a tokenlake collector?",
}


class Posting:
    """Sends requests to the collector at `url`; it gets the token of the environment, if there is one."""

    def __init__(self, url: str, environ: Mapping[str, str] = os.environ) -> None:
        if not url.startswith(("http://", "https://")):
            raise TransferError(f"--url {url}: write http:// or https:// before it")
        self._url = url.rstrip("/")
        token = next(filter(None, map(environ.get, _TOKENS)), None)
        self._headers = {"Content-Type": "application/x-protobuf"}
        self._headers |= {"Authorization": f"Bearer {token}"} if token else {}

    def send(self, signal: Signal, payloads: Sequence[bytes]) -> list[Outcome]:
        """Send requests as one, or each alone where the collector does not take them together.

        Raises:
            TransferError: the collector does not answer, or refuses for a reason that is not in the bytes.
        """
        # Joined messages of protobuf are one message with the records of all.
        together = self._post(signal, b"".join(payloads))
        if isinstance(together, Accepted) and not together.refused:
            return [together] * len(payloads)
        return [together] if len(payloads) == 1 else [self._post(signal, one) for one in payloads]

    def _post(self, signal: Signal, body: bytes) -> Outcome:
        for _ in range(_TRIES):
            try:
                return self._once(signal, body)
            except urllib.error.HTTPError as error:
                with error:
                    if error.code not in _RETRYABLE:
                        return self._refusal(error)
                    time.sleep(_PAUSE_S)
            except (OSError, http.client.HTTPException) as error:
                remedy = "start it (tokenlake serve), or correct --url"
                raise TransferError(f"{self._url} does not answer ({error}): {remedy}") from error
        raise TransferError(f"{self._url} takes nothing: see its log, and import the same again then")

    def _once(self, signal: Signal, body: bytes) -> Accepted:
        url = f"{self._url}/v1/{signal}"
        request = urllib.request.Request(url, body, self._headers)  # noqa: S310 - http or https, checked
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as reply:  # noqa: S310 - as above
            return accepted_in(signal, reply.read())

    def _refusal(self, error: urllib.error.HTTPError) -> BadRequest:
        if error.code in _FOR_EVER:
            return BadRequest(Status.FromString(error.read()).message)
        remedy = _REMEDIES.get(error.code, "see its log")
        raise TransferError(f"{self._url} answers {error.code} {error.reason}: {remedy}")
