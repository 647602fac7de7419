"""What uvicorn leaves open on an HTTP connection: slow and large headers, silence, and too many of them."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from tokenlake_collector.limits import Limits

_TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
_END_OF_HEAD = b"\r\n\r\n"


class _Cycle(Protocol):
    """Uvicorn's request under way."""

    more_body: bool
    response_complete: bool


class GuardedConnection(asyncio.Protocol):
    """Comes before uvicorn's own protocol class, whichever of its two parsers is in use."""

    limits: Limits
    # Uvicorn's own:
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    connections: set[GuardedConnection]
    cycle: _Cycle | None

    _deadline: asyncio.TimerHandle | None = None
    _heard: float = 0.0
    _head_bytes: int = 0
    _tail: bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection; beyond the limit, the one that is idle for longest has to go for it."""
        super().connection_made(transport)
        self._heard = self.loop.time()
        self._close_after(self.limits.idle_s)
        if len(self.connections) > self.limits.max_connections:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Pass data on; the head of a request has a size and a time."""
        if not self.is_idle():
            super().data_received(data)
            return
        self._heard = self.loop.time()
        first, before = not self._head_bytes, self.cycle
        if not self._head_fits(data):
            self._refuse(_TOO_LARGE)
            return
        super().data_received(data)
        if self.cycle is not before:
            self._head_bytes, self._tail = 0, b""
            self._stay()
        elif first:
            self._close_after(self.limits.receive_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._stay()
        super().connection_lost(exc)

    def is_idle(self) -> bool:
        """Tell whether no request is being read or answered."""
        return self.cycle is None or self.cycle.response_complete

    def _head_fits(self, data: bytes) -> bool:
        """Count up to the end of the head, before the parser keeps any of it."""
        if self.cycle is not None and self.cycle.more_body:
            # The rest of a body that was refused before its end is read and thrown away: a sender that finds
            # the connection closed while it still writes does not see the answer.
            self._head_bytes += len(data)
            return self._head_bytes <= 2 * self.limits.max_body_bytes
        seen = self._tail + data
        end = seen.find(_END_OF_HEAD)
        self._head_bytes += len(data) if end < 0 else end + len(_END_OF_HEAD) - len(self._tail)
        self._tail = seen[-len(_END_OF_HEAD) + 1 :]
        return self._head_bytes <= self.limits.max_header_bytes

    def _make_room(self) -> None:
        others = [other for other in self.connections if other is not self and other.is_idle()]
        idle = [other for other in others if not other.transport.is_closing()]
        if idle:
            min(idle, key=lambda other: other._heard).transport.close()  # noqa: SLF001 - of the same class
        else:
            self._refuse(_TOO_MANY)

    def _refuse(self, answer: bytes) -> None:
        self.transport.write(answer + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()

    def _close_after(self, seconds: float) -> None:
        self._stay()
        self._deadline = self.loop.call_later(seconds, self._close_idle)

    def _stay(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _close_idle(self) -> None:
        if self.is_idle():
            self.transport.close()


def guarded(limits: Limits) -> type[Any]:
    """Return uvicorn's protocol class with the guard before it."""
    return type("GuardedConnection", (GuardedConnection, AutoHTTPProtocol), {"limits": limits})
