"""Where the spool is, and how large it may grow."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from opentelemetry.sdk.environment_variables import (
    OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
)

from tokenlake.delivery.target import Target
from tokenlake.notices import warn_once

SPOOL: Final = "TOKENLAKE_SPOOL"
SPOOL_MIB: Final = "TOKENLAKE_SPOOL_MIB"
_DEFAULT_MIB: Final = 256
_MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class SpoolSettings:
    """A spool.

    Attributes:
        path: its directory, which belongs to one target only.
        max_bytes: what its files may take on the disk; above it the oldest are dropped.
    """

    path: Path
    max_bytes: int = _DEFAULT_MIB * _MIB

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], target: Target) -> "SpoolSettings | None":
        """Return what TOKENLAKE_SPOOL and TOKENLAKE_SPOOL_MIB say; None when there shall be no spool.

        Args:
            environ: the environment variables.
            target: where the spans go; each target has its own directory inside the spool.
        """
        root = _root(environ)
        if root is None:
            return None
        return cls(root / _target_name(environ, target), _mebibytes(environ) * _MIB)


def _root(environ: Mapping[str, str]) -> Path | None:
    chosen = environ.get(SPOOL, "").strip()
    if chosen.lower() == "off":
        return None
    try:
        return Path(chosen).expanduser() if chosen else _state_home(environ) / "tokenlake" / "spool"
    except RuntimeError:  # no home directory: some containers' users
        warn_once(
            "spool home", "no spool: there is no home directory; set %s to a directory, or to off", SPOOL
        )
        return None


def _state_home(environ: Mapping[str, str]) -> Path:
    # The XDG specification says that a relative path is to be ignored.
    named = Path(environ.get("XDG_STATE_HOME", ""))
    return named if named.is_absolute() else Path.home() / ".local" / "state"


def _mebibytes(environ: Mapping[str, str]) -> int:
    text = environ.get(SPOOL_MIB, "").strip()
    if not text:
        return _DEFAULT_MIB
    if re.fullmatch(r"[0-9]{1,9}", text) and int(text) > 0:
        return int(text)
    warn_once("spool size", "%s=%r is not used: give a whole number of MiB above 0", SPOOL_MIB, text)
    return _DEFAULT_MIB


def _target_name(environ: Mapping[str, str], target: Target) -> str:
    """Name a target's directory: readable, and without a password that the address may hold."""
    address = target.url or _endpoint(environ)
    url = urlsplit(address if "://" in address else f"//{address}")
    readable = re.sub(r"[^0-9A-Za-z.]+", "-", url.netloc.rpartition("@")[2])[:60]
    exact = hashlib.sha256(f"{target.protocol} {address}".encode()).hexdigest()[:12]
    return f"{readable or 'default'}-{exact}"


def _endpoint(environ: Mapping[str, str]) -> str:
    for variable in (OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT):
        if address := environ.get(variable):
            return address
    return ""
