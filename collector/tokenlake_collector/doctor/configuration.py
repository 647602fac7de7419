"""Settings: who can reach the collector, and where a program that starts here would send its spans."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from tokenlake.lifetime.environment import has_no_exporter, is_tracking_off
from tokenlake_collector.addresses import Address
from tokenlake_collector.doctor.errors import Ailment
from tokenlake_collector.doctor.site import Site

_ENDPOINTS = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"}
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_LOSING_SAMPLERS = {"always_off", "traceidratio", "parentbased_always_off", "parentbased_traceidratio"}


def is_closed(site: Site) -> str:
    """Other machines need a token, and nobody on the way can read it."""
    local = site.http.is_loopback()
    is_open = site.get("/metrics/token/total").status == 200
    if is_open and not local:
        remedy = "start it with --tokens FILE, or let it listen on 127.0.0.1"
        raise Ailment("everybody who reaches it can read and write", remedy)
    if not local and not site.is_encrypted:
        raise Ailment(
            "tokens and records travel unencrypted", "use --tls-cert and --tls-key, or a proxy with TLS"
        )
    return "no token is needed, on this machine" if is_open else "a token is needed"


def is_switched_on(site: Site) -> str:
    """Programs that start here record at all."""
    if is_tracking_off(site.environ):
        raise Ailment("tracking is switched off here", "unset OTEL_SDK_DISABLED and TOKENLAKE_TRACKING")
    if has_no_exporter(site.environ):
        raise Ailment("OTEL_TRACES_EXPORTER=none: spans are sent nowhere", "unset it")
    return "programs that start here record their calls"


def sends_everything(site: Site) -> str:
    """No sampler throws calls away: what is not sent is not counted."""
    sampler = site.environ.get("OTEL_TRACES_SAMPLER", "").strip().lower()
    if sampler in _LOSING_SAMPLERS:
        raise Ailment(
            f"OTEL_TRACES_SAMPLER={sampler}: calls are thrown away and never counted",
            "unset it, or set it to tokenlake_traceidratio, which keeps model calls",
        )
    return "no sampler throws calls away"


def sends_here(site: Site) -> str:
    """The standard variables lead to this collector, over the protocol of that port."""
    name = next((name for name in sorted(_ENDPOINTS, reverse=True) if site.environ.get(name)), None)
    if name is None:
        return "OTEL_EXPORTER_OTLP_ENDPOINT is not set: programs use their own settings"
    target = _address(site.environ[name])
    transports = {"grpc": Address.parse("--grpc", site.grpc), "http": site.http}
    ports = [transport for transport, address in transports.items() if _is_same(target, address)]
    if not ports:
        raise Ailment(
            f"{name}={site.environ[name]} is another place than {site.url} and {site.grpc}",
            f"export {name}={site.url}",
        )
    wanted = _protocol(site.environ)
    if wanted.partition("/")[0] not in ports:
        raise Ailment(
            f"{name} names the {ports[0]} port, but the protocol is {wanted}",
            f"set {_PROTOCOLS[-1]} to {'grpc' if ports[0] == 'grpc' else 'http/protobuf'}",
        )
    return f"{name} leads to this collector"


def _protocol(environ: Mapping[str, str]) -> str:
    """Return what tokenlake's exporter takes; OTLP over HTTP is its default, as the specification has it."""
    return next(filter(None, map(environ.get, _PROTOCOLS)), "http/protobuf")


def _address(endpoint: str) -> Address | None:
    try:
        parts = urlsplit(endpoint if "://" in endpoint else f"http://{endpoint}")
        return Address(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    except ValueError:  # a port that is no number
        return None


def _is_same(one: Address | None, other: Address) -> bool:
    """Tell whether two addresses are one place; names of this machine are the same."""
    if one is None or one.port != other.port:
        return False
    host = other.host.strip("[]")
    return one.host == host or (one.is_loopback() and other.is_loopback())
