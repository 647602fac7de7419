"""Wiring and lifetime: the only file that knows every room."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

import duckdb

from tokenlake_collector.addresses import Address
from tokenlake_collector.application import build_application
from tokenlake_collector.config import Settings
from tokenlake_collector.errors import ShuttingDown, StartupError
from tokenlake_collector.ingest import Ingest
from tokenlake_collector.ledger_gauges import LedgerGauges
from tokenlake_collector.live_sql import LiveSql
from tokenlake_collector.meters import Meters
from tokenlake_collector.open_files import allow_open_files
from tokenlake_collector.pipeline import Pipeline
from tokenlake_collector.prices import OwnPrices, PriceBook
from tokenlake_collector.receive.otlp_grpc import GrpcReceiver
from tokenlake_collector.receive.receptions import Receptions
from tokenlake_collector.retention import Keeper
from tokenlake_collector.storage.hours.sealing import Sealer
from tokenlake_collector.storage.lake.upkeep import Upkeep
from tokenlake_collector.storage.ledger import MEMORY, Ledger
from tokenlake_collector.storage.locks import copies_folder, lock
from tokenlake_collector.web_server import WebServer
from tokenlake_queries.lake import data_folder, is_lake

Server = TypeVar("Server")

_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_log = logging.getLogger(__name__)


class Chores(Protocol):
    """What is done for a ledger beside the commits, on a thread of its own."""

    def stop(self) -> None:
        """Return when what is done at the moment is done."""


class Collector:
    """A running collector: one ledger, one pipeline, two servers, on the running event loop."""

    def __init__(self, settings: Settings) -> None:
        """Open the ledger and bind both addresses.

        Raises:
            StartupError: the file or an address cannot be used; nothing is left open or changed.
        """
        self._begun = time.monotonic()
        self._settings = settings
        self._meters = Meters()
        # What can be wrong with files is found before the ledger is touched.
        self._context = settings.tls.context() if settings.tls else None
        self._credentials = settings.tls.credentials() if settings.tls else None
        own = OwnPrices.read(settings.prices) if settings.prices else None
        if settings.quack:
            settings.quack.check(insecure=settings.insecure)
        with contextlib.ExitStack() as undo:
            self._ledger = Ledger.open(settings.db, settings.memory_mib, self._prepare, settings.data_path)
            undo.callback(self._ledger.close)
            self._meters.registry.register(LedgerGauges(self._ledger))
            self._ledger.watch_turns(self._meters.commits.turn)
            self._receptions = Receptions(settings.limits)
            self._meters.show_arriving_bytes(lambda: self._receptions.total_bytes)
            self._book = PriceBook(own)
            ingest = Ingest(self._ledger, self._meters, self._book)
            self._pipeline = Pipeline(ingest, self._meters, settings.max_waiting_bytes)
            undo.callback(self._pipeline.stop)
            self._chores: list[Chores] = []
            for begin in self._begin_chores():
                self._chores.append(begin())
                undo.callback(self._chores[-1].stop)
            self._sql = LiveSql(self._ledger, settings.sql)
            self._web = _listening("--http", settings.http, self._bind_web)
            undo.callback(self._web.release)
            self._grpc = _listening("--grpc", settings.grpc, self._bind_grpc)
            undo.pop_all()
        allow_open_files(settings.limits.max_connections)

    @property
    def grpc(self) -> Address:
        """The gRPC address, with the port that was taken."""
        return Address(self._settings.grpc.host, self._grpc.port)

    @property
    def http(self) -> Address:
        """The HTTP address, with the port that was taken."""
        return Address(self._settings.http.host, self._web.port)

    def totals(self) -> dict[str, float]:
        """Return what was done since the start: requests answered, records by what became of them."""
        seconds = round(time.monotonic() - self._begun, 3)
        return {
            "uptime_s": seconds,
            "requests": self._meters.requests.total(),
            **self._meters.records.totals(),
        }

    async def start(self) -> None:
        """Return when both transports answer."""
        await self._grpc.start()
        await self._web.start_serving()

    async def stop(self) -> None:
        """Take nothing new, commit and acknowledge what was taken, checkpoint; within the deadline."""
        deadline = self._settings.shutdown_s
        late = ShuttingDown("the collector is shutting down and the request is not here yet: send again")
        self._sql.stop()
        asyncio.get_running_loop().call_later(deadline * 0.5, self._receptions.refuse_all, late)
        drained, *_ = await asyncio.gather(
            self._pipeline.close(deadline * 0.8), self._grpc.stop(deadline), self._web.stop_serving()
        )
        if drained:
            for chores in self._chores:
                await asyncio.to_thread(chores.stop)
            await asyncio.to_thread(self._ledger.close)
        else:
            _log.warning(
                "a commit was still running at the deadline; its senders were told to send again",
                extra={"fields": self.totals()},
            )
            logging.shutdown()
            # Its thread is inside DuckDB: taking the interpreter down around it fills the log with reports.
            os._exit(0)

    def _begin_chores(self) -> Iterator[Callable[[], Chores]]:
        settings = self._settings
        yield partial(Sealer, self._ledger)
        if settings.keep_days is not None:
            yield partial(Keeper, self._ledger, settings.keep_days, ZoneInfo(settings.timezone))
        if self._ledger.is_shared:
            yield partial(Upkeep, self._ledger)

    def _prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Lock the database whenever it was opened: from then on others may send SQL."""
        db, quack = self._settings.db, self._settings.quack
        if quack:
            quack.load(connection)
        if is_lake(db):
            lock(connection, data_folder(connection))
        else:
            lock(connection, copies_folder(None if db == MEMORY else Path(db)))
        if quack:
            quack.serve(connection)

    def _bind_web(self) -> WebServer:
        settings = self._settings
        application = build_application(
            self._ledger,
            self._pipeline.submit,
            self._meters,
            self._receptions,
            self._book,
            self._sql,
            settings,
        )
        limits, deadline = settings.limits, settings.shutdown_s
        return WebServer(application, settings.http, limits, deadline, self._context)

    def _bind_grpc(self) -> GrpcReceiver:
        settings = self._settings
        submit, receptions = self._pipeline.submit, self._receptions
        return GrpcReceiver(
            settings.grpc, submit, self._meters, receptions, settings.tokens, self._credentials
        )


async def serve(settings: Settings, on_ready: Callable[[Collector], None]) -> None:
    """Run a collector until SIGTERM or SIGINT.

    A signal before it is ready, or a second one, ends the process at once.

    Raises:
        StartupError: it could not start.
    """
    for number in _SIGNALS:
        signal.signal(number, _end_now)
    collector = Collector(settings)
    await collector.start()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.set)
    on_ready(collector)
    await stop.wait()
    for number in _SIGNALS:
        loop.remove_signal_handler(number)
        signal.signal(number, _end_now)
    _log.info("stopping")
    await collector.stop()
    _log.info("stopped", extra={"fields": collector.totals()})


def _end_now(number: int, _frame: object) -> None:
    """End as a signal asks, waiting for nothing: like `kill -9`, it costs nothing that was acknowledged."""
    os._exit(128 + number)


def _listening(option: str, address: Address, bind: Callable[[], Server]) -> Server:
    try:
        return bind()
    except OSError as error:
        raise StartupError(
            f"{option} {address}: cannot listen there: {error}; stop what does, or choose another address"
        ) from error
