"""A uvicorn server that leaves the process's signals and its exit to us."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Generator
from typing import Any

import uvicorn

from tokenlake_collector.addresses import Address, bind
from tokenlake_collector.limits import KIB, Limits
from tokenlake_collector.web_connection import guarded

_H11_DEFAULT = 64 * KIB


class WebServer(uvicorn.Server):
    """Serves an ASGI application on one address, on the running event loop."""

    def __init__(
        self,
        application: Any,
        address: Address,
        limits: Limits,
        shutdown_s: float,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Bind `address`. Without a `context` there is no TLS.

        Raises:
            OSError: the address is in use or is none of this machine's. uvicorn itself would end the process.
        """
        config = uvicorn.Config(
            application,
            http=guarded(limits),
            ws="none",
            h11_max_incomplete_event_size=max(limits.max_header_bytes, _H11_DEFAULT),
            timeout_keep_alive=max(1, round(limits.idle_s)),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=max(1, int(shutdown_s)),
        )
        # uvicorn makes its own from file names; ours is made and checked before anything is opened.
        config.load()
        config.ssl = context
        super().__init__(config)
        self._socket = bind(address)
        self._ready = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None
        self.port: int = self._socket.getsockname()[1]

    async def start_serving(self) -> None:
        """Return when requests are answered."""
        self._serving = asyncio.create_task(self.serve(sockets=[self._socket]))
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait({ready, self._serving}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()

    async def stop_serving(self) -> None:
        """Take no new requests and wait for those under way, at most for the time given at the start."""
        self.should_exit = True
        if self._serving is not None:
            await self._serving
        self.release()

    def release(self) -> None:
        """Give the address back."""
        self._socket.close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell `start_serving` when uvicorn has started; it has no event of its own for that."""
        await super().startup(sockets)
        self._ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals alone: one handler stops all servers together."""
        yield
