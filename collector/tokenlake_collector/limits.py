"""How much of the process anybody outside may hold, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 2**10
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of both listeners.

    A body may have `max_body_bytes`, before and after decompression; bodies that are still arriving may have
    `max_receiving_bytes` together, and each may take `receive_s` seconds. The headers of a request may have
    `max_header_bytes`. Each listener has up to `max_connections`; one that is idle for `idle_s` seconds is
    closed. With `connection_age_s`, a gRPC connection is ended after about that time, between two calls, so
    that senders spread anew over several collectors.
    """

    max_body_bytes: int = 64 * MIB
    max_receiving_bytes: int = 64 * MIB
    max_header_bytes: int = 32 * KIB
    max_connections: int = 2000
    receive_s: float = 30.0
    idle_s: float = 75.0
    connection_age_s: float | None = None
