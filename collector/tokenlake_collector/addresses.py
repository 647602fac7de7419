"""Where a server listens."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Self

from tokenlake_collector.errors import StartupError


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

    def is_loopback(self) -> bool:
        """Tell whether only this machine can reach it; a host name must lead nowhere else.

        A name that leads nowhere passes: it cannot be bound either, and that message says why.
        """
        try:
            found = socket.getaddrinfo(self.host.strip("[]"), self.port, type=socket.SOCK_STREAM)
        except OSError:
            return True
        hosts = {str(place[0]).partition("%")[0] for *_, place in found}
        return all(ipaddress.ip_address(host).is_loopback for host in hosts)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def bind(address: Address) -> socket.socket:
    """Return a socket that is bound to an address and does not listen yet.

    Raises:
        OSError: the address is in use or is none of this machine's.
    """
    family, kind, protocol, _, place = socket.getaddrinfo(
        address.host.strip("[]"), address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
    except OSError:
        listener.close()
        raise
    return listener
