"""The settings of a collector, checked once at start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from tokenlake_collector.errors import StartupError

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port; port 0 takes a free one."""

    host: str
    port: int

    @classmethod
    def parse(cls, option: str, text: str) -> Self:
        """Read `host:port` (`[::1]:4317` for IPv6).

        Raises:
            StartupError: it is not of that form; the message names the option.
        """
        host, _, port = text.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise StartupError(f"{option} {text!r}: write HOST:PORT, for example 127.0.0.1:4317")
        return cls(host, int(port))

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What `tokenlake serve` was asked to do.

    `shutdown_s` bounds a shutdown, in seconds. A body may have `max_body_bytes`, before and after
    decompression; requests that wait for a commit may have `max_waiting_bytes` together.
    """

    db: str
    grpc: Address
    http: Address
    timezone: str = "UTC"
    max_body_bytes: int = 64 * MIB
    max_waiting_bytes: int = 128 * MIB
    shutdown_s: float = 10.0
