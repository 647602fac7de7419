"""One span over each transport: is it taken, is it stored, and is it stored as it was sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc

from tokenlake_collector.decode.otlp_json import to_protobuf
from tokenlake_collector.doctor.errors import Ailment
from tokenlake_collector.doctor.probe import Probe
from tokenlake_collector.doctor.site import Site
from tokenlake_collector.receive.otlp_grpc import SERVICES
from tokenlake_collector.signals import Signal

_TIMEOUT_S = 10.0
_STORED_WITHIN_S = 5.0
_AGAIN_S = 0.1
_NOT_FOUND = 404
_REFUSALS = {
    grpc.StatusCode.UNAVAILABLE: "correct --grpc HOST:PORT, or see the collector's log",
    grpc.StatusCode.UNAUTHENTICATED: "set TOKENLAKE_INGEST_TOKEN",
    grpc.StatusCode.PERMISSION_DENIED: "set TOKENLAKE_INGEST_TOKEN to a token of scope ingest",
}


def over_grpc(site: Site) -> str:
    """Send with OTLP/gRPC."""
    return _delivered(site, _send_grpc)


def over_http_protobuf(site: Site) -> str:
    """Send with OTLP/HTTP, protobuf."""
    return _delivered(site, _send_protobuf)


def over_http_json(site: Site) -> str:
    """Send with OTLP/HTTP, JSON."""
    return _delivered(site, _send_json)


def _delivered(site: Site, send: Callable[[Site, bytes], None]) -> str:
    probe = Probe()
    begun = time.monotonic()
    send(site, probe.request())
    acknowledged_ms = (time.monotonic() - begun) * 1_000
    stored = _stored(site, probe)
    expected = probe.expected()
    found = {key: stored.get(key) for key in expected}
    found["reported"] = {key: stored.get("reported", {}).get(key) for key in expected["reported"]}
    if found != expected:
        raise Ailment(
            f"stored as {found}, sent as {expected}", "the collector is of another version: update it"
        )
    return f"one span acknowledged in {acknowledged_ms:.0f} ms, and stored as it was sent"


def _stored(site: Site, probe: Probe) -> dict[str, Any]:
    """Return what the collector at the URL says of the span; one in between may pass it on a little later."""
    deadline = time.monotonic() + _STORED_WITHIN_S
    path = f"/explain/{probe.trace_id}"
    while site.get(path, site.read_token).status == _NOT_FOUND:
        if time.monotonic() > deadline:
            remedy = "something else listens there: name both addresses of one collector, --url and --grpc"
            raise Ailment(f"one span was taken, but {site.url} does not have it", remedy)
        time.sleep(_AGAIN_S)
    roots: list[dict[str, Any]] = site.json(path)
    return roots[0]


def _send_protobuf(site: Site, request: bytes) -> None:
    site.post("/v1/traces", to_protobuf(Signal.TRACES, request), "application/x-protobuf")


def _send_json(site: Site, request: bytes) -> None:
    site.post("/v1/traces", request, "application/json")


def _send_grpc(site: Site, request: bytes) -> None:
    token = site.ingest_token
    metadata = (("authorization", f"Bearer {token}"),) if token else ()
    with _channel(site) as channel:
        export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            f"/{SERVICES[Signal.TRACES]}/Export"
        )
        try:
            export(to_protobuf(Signal.TRACES, request), timeout=_TIMEOUT_S, metadata=metadata)
        except grpc.RpcError as error:
            code = error.code()
            remedy = _REFUSALS.get(code, "see the collector's log")
            raise Ailment(f"{site.grpc} answers {code.name} ({error.details()})", remedy) from error


def _channel(site: Site) -> grpc.Channel:
    if not site.is_encrypted:
        return grpc.insecure_channel(site.grpc)
    # As Python's TLS does for HTTP: gRPC has a variable of its own.
    authorities = site.environ.get("SSL_CERT_FILE")
    try:
        roots = Path(authorities).read_bytes() if authorities else None
    except OSError as error:
        raise Ailment(f"SSL_CERT_FILE={authorities} cannot be read", "correct or unset it") from error
    return grpc.secure_channel(site.grpc, grpc.ssl_channel_credentials(roots))
