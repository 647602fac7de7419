"""`tokenlake serve`."""

from __future__ import annotations

import asyncio
import logging
from typing import Annotated

import typer

from tokenlake_collector.addresses import Address
from tokenlake_collector.cli.money import PriceFile
from tokenlake_collector.config import MIB, Settings
from tokenlake_collector.server import Collector
from tokenlake_collector.server import serve as run_until_stopped

READY = "tokenlake is ready"


def serve(
    db: Annotated[
        str, typer.Option(envvar="TOKENLAKE_DB", help="The DuckDB file that holds the ledger.")
    ] = "usage.duckdb",
    grpc: Annotated[
        str, typer.Option(envvar="TOKENLAKE_GRPC", help="Where to take OTLP/gRPC; port 0 takes a free one.")
    ] = "127.0.0.1:4317",
    http: Annotated[
        str,
        typer.Option(
            envvar="TOKENLAKE_HTTP",
            help="Where to take OTLP/HTTP and answer statistics; port 0 takes a free one.",
        ),
    ] = "127.0.0.1:4318",
    timezone: Annotated[
        str, typer.Option(envvar="TOKENLAKE_TIMEZONE", help="The zone that days start in, an IANA name.")
    ] = "UTC",
    max_body_mib: Annotated[
        int,
        typer.Option(
            envvar="TOKENLAKE_MAX_BODY_MIB",
            min=1,
            help="Largest request in MiB, before and after decompression.",
        ),
    ] = 64,
    max_waiting_mib: Annotated[
        int,
        typer.Option(
            envvar="TOKENLAKE_MAX_WAITING_MIB",
            min=1,
            help="Requests in MiB that may wait for a commit; beyond that senders are told to retry.",
        ),
    ] = 128,
    shutdown_s: Annotated[
        float,
        typer.Option(
            envvar="TOKENLAKE_SHUTDOWN_S", min=1, help="Longest time that a shutdown may take, in s."
        ),
    ] = 10.0,
    prices: PriceFile = None,
    log_level: Annotated[
        str, typer.Option(envvar="TOKENLAKE_LOG_LEVEL", help="debug, info, warning or error.")
    ] = "info",
) -> None:
    """Run the collector until SIGTERM or Ctrl-C.

    Example: tokenlake serve --db usage.duckdb --http 127.0.0.1:4318
    """
    settings = Settings(
        db=db,
        grpc=Address.parse("--grpc", grpc),
        http=Address.parse("--http", http),
        timezone=timezone,
        max_body_bytes=max_body_mib * MIB,
        max_waiting_bytes=max_waiting_mib * MIB,
        shutdown_s=shutdown_s,
        prices=prices,
    )
    _log_to_stderr(log_level)
    asyncio.run(run_until_stopped(settings, lambda collector: _announce(settings, collector)))


def _announce(settings: Settings, collector: Collector) -> None:
    typer.echo(f"{READY}: ledger {settings.db}, OTLP/gRPC {collector.grpc}, HTTP http://{collector.http}")


def _log_to_stderr(level: str) -> None:
    names = logging.getLevelNamesMapping()
    if level.upper() not in names:
        raise ValueError(f"--log-level {level!r}: write debug, info, warning or error")
    logging.basicConfig(level=names[level.upper()], format="%(asctime)s %(levelname)s %(name)s: %(message)s")
