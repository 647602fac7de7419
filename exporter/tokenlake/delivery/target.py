"""Where spans are sent: what a user may write, and what it means."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from opentelemetry.sdk.environment_variables import (
    OTEL_EXPORTER_OTLP_PROTOCOL,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL,
)

from tokenlake.errors import ProtocolError, TargetError

_TRACES_PATH: Final = "/v1/traces"
_GRPC_PORT: Final = 4317
_ACCEPTED: Final = (
    "give http://host:4318 or https://host:4318 (OTLP/HTTP), grpc://host:4317 (OTLP/gRPC, insecure), "
    "grpcs://host:4317 (OTLP/gRPC with TLS), a file such as usage.duckdb or ./usage, or nothing for the "
    "OTEL_EXPORTER_OTLP_* variables"
)

# A host with its port, or a database URL without slashes; one letter before the colon is a Windows drive.
_LOOKS_LIKE_AN_ADDRESS: Final = re.compile(r"[^/\\]{2,}:.*|:memory:")


class Protocol(StrEnum):
    """The OTLP transports, by their names in OTEL_EXPORTER_OTLP_PROTOCOL."""

    GRPC = "grpc"
    HTTP = "http/protobuf"


@dataclass(frozen=True, slots=True)
class Target:
    """An OTLP endpoint; what is None is left to the OTEL_EXPORTER_OTLP_* variables.

    Attributes:
        protocol: the transport.
        url: the full address, with the path for HTTP.
        insecure: no TLS; only asked about gRPC.
    """

    protocol: Protocol
    url: str | None = None
    insecure: bool | None = None


@dataclass(frozen=True, slots=True)
class EmbeddedTarget:
    """A ledger file that this process writes by itself.

    Attributes:
        path: absolute, so that it stays the same file when the application changes its folder.
    """

    path: Path


def parse_target(target: str | os.PathLike[str]) -> Target | EmbeddedTarget:
    """Return what a target means; a path object is always a file.

    Raises:
        TargetError: when it is not one of the accepted forms.
    """
    if isinstance(target, os.PathLike):
        return _file(target)
    if "://" not in target:
        return _without_scheme(target)
    url = _split(target)
    if url.scheme in ("http", "https"):
        return Target(Protocol.HTTP, _traces_url(url))
    if url.scheme in ("grpc", "grpcs") and url.path in ("", "/"):
        return _grpc_target(url)
    raise TargetError(f"target={target!r}: {_ACCEPTED}")


def environment_target(environ: Mapping[str, str]) -> Target:
    """Return the target that the standard variables describe: HTTP where they name no protocol.

    http/protobuf is the default that the OTLP specification recommends (Python's auto-instrumentation
    still takes grpc). Address, headers, timeout, compression and certificates stay None here, because the
    SDK's exporters read them themselves.

    Raises:
        ProtocolError: when the protocol is neither grpc nor http/protobuf.
    """
    for variable in (OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, OTEL_EXPORTER_OTLP_PROTOCOL):
        if name := environ.get(variable, "").strip():
            return Target(_protocol(variable, name))
    return Target(Protocol.HTTP)


def _protocol(variable: str, name: str) -> Protocol:
    try:
        return Protocol(name)
    except ValueError:
        accepted = " or ".join(Protocol)
        raise ProtocolError(f"{variable}={name!r} is not supported: set it to {accepted}") from None


def _split(target: str) -> SplitResult:
    try:
        url = urlsplit(target)
        usable = bool(url.hostname) and url.port != 0
    except ValueError:  # a port that is no number, half an IPv6 address
        usable = False
    if not usable:
        raise TargetError(f"target={target!r} names no host and port: {_ACCEPTED}")
    return url


def _traces_url(url: SplitResult) -> str:
    path = url.path.rstrip("/")
    return url._replace(path=path if path.endswith(_TRACES_PATH) else path + _TRACES_PATH).geturl()


def _grpc_target(url: SplitResult) -> Target:
    insecure = url.scheme == "grpc"
    # Without a port gRPC would take 443, where no OTLP receiver listens by default.
    address = url.netloc if url.port else f"{url.netloc.removesuffix(':')}:{_GRPC_PORT}"
    return Target(Protocol.GRPC, f"{'http' if insecure else 'https'}://{address}", insecure)


def _without_scheme(target: str) -> EmbeddedTarget:
    if _LOOKS_LIKE_AN_ADDRESS.fullmatch(target):
        raise TargetError(f"target={target!r} has no scheme: {_ACCEPTED}")
    # A bare word is rather a host, or a slip of the pen, than the name of a new file.
    if not re.search(r"[./\\]", target):
        raise TargetError(f"target={target!r}: {_ACCEPTED}")
    return _file(target)


def _file(path: str | os.PathLike[str]) -> EmbeddedTarget:
    return EmbeddedTarget(Path(path).expanduser().absolute())
