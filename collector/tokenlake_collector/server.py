"""Wiring and lifetime: the only file that knows every room."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from typing import TypeVar

from tokenlake_collector.addresses import Address
from tokenlake_collector.application import build_application
from tokenlake_collector.config import Settings
from tokenlake_collector.errors import StartupError
from tokenlake_collector.ingest import Ingest
from tokenlake_collector.meters import Meters
from tokenlake_collector.pipeline import Pipeline
from tokenlake_collector.prices import OwnPrices, PriceBook
from tokenlake_collector.receive.otlp_grpc import GrpcReceiver
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.web_server import WebServer

Server = TypeVar("Server")

_log = logging.getLogger(__name__)


class Collector:
    """A running collector: one ledger, one pipeline, two servers, on the running event loop."""

    def __init__(self, settings: Settings) -> None:
        """Open the ledger and bind both addresses.

        Raises:
            StartupError: the file or an address cannot be used; nothing is left open or changed.
        """
        self._settings = settings
        self._meters = Meters()
        own = OwnPrices.read(settings.prices) if settings.prices else None
        with contextlib.ExitStack() as undo:
            self._ledger = Ledger.open(settings.db)
            undo.callback(self._ledger.close)
            ingest = Ingest(self._ledger, self._meters, PriceBook(own))
            self._pipeline = Pipeline(ingest, self._meters, settings.max_waiting_bytes)
            undo.callback(self._pipeline.stop)
            submit = self._pipeline.submit
            application = build_application(self._ledger, submit, self._meters, settings)
            self._web = _listening(
                "--http", settings.http, lambda: WebServer(application, settings.http, settings.shutdown_s)
            )
            undo.callback(self._web.release)
            self._grpc = _listening(
                "--grpc",
                settings.grpc,
                lambda: GrpcReceiver(settings.grpc, submit, self._meters, settings.max_body_bytes),
            )
            undo.pop_all()

    @property
    def grpc(self) -> Address:
        """The gRPC address, with the port that was taken."""
        return Address(self._settings.grpc.host, self._grpc.port)

    @property
    def http(self) -> Address:
        """The HTTP address, with the port that was taken."""
        return Address(self._settings.http.host, self._web.port)

    async def start(self) -> None:
        """Return when both transports answer."""
        await self._grpc.start()
        await self._web.start_serving()

    async def stop(self) -> None:
        """Take nothing new, commit and acknowledge what was taken, checkpoint; within the deadline."""
        deadline = self._settings.shutdown_s
        drained, *_ = await asyncio.gather(
            self._pipeline.close(deadline * 0.8), self._grpc.stop(deadline), self._web.stop_serving()
        )
        if drained:
            await asyncio.to_thread(self._ledger.close)
        else:
            _log.warning("a commit was still running at the deadline; its senders were told to send again")


async def serve(settings: Settings, on_ready: Callable[[Collector], None]) -> None:
    """Run a collector until SIGTERM or SIGINT.

    Raises:
        StartupError: it could not start.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    collector = Collector(settings)
    await collector.start()
    on_ready(collector)
    await stop.wait()
    _log.info("stopping")
    await collector.stop()


def _listening(option: str, address: Address, bind: Callable[[], Server]) -> Server:
    try:
        return bind()
    except OSError as error:
        raise StartupError(
            f"{option} {address}: cannot listen there: {error}; stop what does, or choose another address"
        ) from error
