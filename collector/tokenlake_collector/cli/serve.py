"""`tokenlake serve`."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Annotated

import typer

from tokenlake.version import __version__
from tokenlake_collector.access import Scope, read_tokens
from tokenlake_collector.addresses import Address
from tokenlake_collector.cli.money import PriceFile
from tokenlake_collector.config import Settings
from tokenlake_collector.limits import KIB, MIB, Limits
from tokenlake_collector.logs import log_to_stderr
from tokenlake_collector.server import Collector
from tokenlake_collector.server import serve as run_until_stopped
from tokenlake_collector.tls import Tls

READY = "tokenlake is ready"

_ACCESS = "Access"
_LIMITS = "Limits"

_log = logging.getLogger(__name__)

Db = Annotated[str, typer.Option(envvar="TOKENLAKE_DB", help="The DuckDB file that holds the ledger.")]
Grpc = Annotated[
    str, typer.Option(envvar="TOKENLAKE_GRPC", help="Where to take OTLP/gRPC; port 0 takes a free one.")
]
Http = Annotated[
    str,
    typer.Option(
        envvar="TOKENLAKE_HTTP",
        help="Where to take OTLP/HTTP and answer statistics; port 0 takes a free one.",
    ),
]
Zone = Annotated[
    str, typer.Option(envvar="TOKENLAKE_TIMEZONE", help="The zone that days start in, an IANA name.")
]
LogFormat = Annotated[str, typer.Option(envvar="TOKENLAKE_LOG_FORMAT", help="logfmt or json.")]
LogLevel = Annotated[str, typer.Option(envvar="TOKENLAKE_LOG_LEVEL", help="debug, info, warning or error.")]
TokenFile = Annotated[
    str | None,
    typer.Option(
        envvar="TOKENLAKE_TOKENS",
        help="A file of tokens, a line each: ingest TOKEN or read TOKEN.",
        rich_help_panel=_ACCESS,
    ),
]
Insecure = Annotated[
    bool,
    typer.Option(
        "--insecure",
        envvar="TOKENLAKE_INSECURE",
        help="Serve other machines without any token.",
        rich_help_panel=_ACCESS,
    ),
]
TlsCert = Annotated[
    str | None,
    typer.Option(
        envvar="TOKENLAKE_TLS_CERT",
        help="The certificate chain of both listeners, a PEM file.",
        rich_help_panel=_ACCESS,
    ),
]
TlsKey = Annotated[
    str | None,
    typer.Option(
        envvar="TOKENLAKE_TLS_KEY",
        help="The certificate's key, a PEM file without a password.",
        rich_help_panel=_ACCESS,
    ),
]
TlsClientCa = Annotated[
    str | None,
    typer.Option(
        envvar="TOKENLAKE_TLS_CLIENT_CA",
        help="Only take clients with a certificate of these authorities, a PEM file.",
        rich_help_panel=_ACCESS,
    ),
]
CorsOrigin = Annotated[
    list[str] | None,
    typer.Option(
        envvar="TOKENLAKE_CORS_ORIGIN",
        help="Let pages of this origin send and read; repeatable; in the variable, separated by spaces.",
        rich_help_panel=_ACCESS,
    ),
]
MaxBody = Annotated[
    int,
    typer.Option(
        envvar="TOKENLAKE_MAX_BODY_MIB",
        min=1,
        help="Largest request in MiB, before and after decompression.",
        rich_help_panel=_LIMITS,
    ),
]
MaxReceiving = Annotated[
    int,
    typer.Option(
        envvar="TOKENLAKE_MAX_RECEIVING_MIB",
        min=1,
        help="Requests in MiB that may be arriving; beyond that the largest is told to retry.",
        rich_help_panel=_LIMITS,
    ),
]
MaxWaiting = Annotated[
    int,
    typer.Option(
        envvar="TOKENLAKE_MAX_WAITING_MIB",
        min=1,
        help="Requests in MiB that may wait for a commit; beyond that senders are told to retry.",
        rich_help_panel=_LIMITS,
    ),
]
MaxHeader = Annotated[
    int,
    typer.Option(
        envvar="TOKENLAKE_MAX_HEADER_KIB",
        min=1,
        help="Largest headers of a request in KiB.",
        rich_help_panel=_LIMITS,
    ),
]
MaxConnections = Annotated[
    int,
    typer.Option(
        envvar="TOKENLAKE_MAX_CONNECTIONS",
        min=1,
        help="Most connections of each listener.",
        rich_help_panel=_LIMITS,
    ),
]
ReceiveTimeout = Annotated[
    float,
    typer.Option(
        envvar="TOKENLAKE_RECEIVE_TIMEOUT_S",
        min=0.1,
        help="Longest time that a request may take to arrive, in s.",
        rich_help_panel=_LIMITS,
    ),
]
IdleTimeout = Annotated[
    float,
    typer.Option(
        envvar="TOKENLAKE_IDLE_TIMEOUT_S",
        min=1,
        help="Longest time that a connection may be idle, in s.",
        rich_help_panel=_LIMITS,
    ),
]
Shutdown = Annotated[
    float,
    typer.Option(
        envvar="TOKENLAKE_SHUTDOWN_S",
        min=1,
        help="Longest time that a shutdown may take, in s.",
        rich_help_panel=_LIMITS,
    ),
]


def serve(
    *,
    db: Db = "usage.duckdb",
    grpc: Grpc = "127.0.0.1:4317",
    http: Http = "127.0.0.1:4318",
    timezone: Zone = "UTC",
    prices: PriceFile = None,
    log_level: LogLevel = "info",
    log_format: LogFormat = "logfmt",
    tokens: TokenFile = None,
    insecure: Insecure = False,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    tls_client_ca: TlsClientCa = None,
    cors_origin: CorsOrigin = None,
    max_body_mib: MaxBody = 64,
    max_receiving_mib: MaxReceiving = 64,
    max_waiting_mib: MaxWaiting = 64,
    max_header_kib: MaxHeader = 32,
    max_connections: MaxConnections = 2000,
    receive_timeout_s: ReceiveTimeout = 30.0,
    idle_timeout_s: IdleTimeout = 75.0,
    shutdown_s: Shutdown = 10.0,
) -> None:
    """Run the collector until SIGTERM or Ctrl-C.

    Example: tokenlake serve --db usage.duckdb --http 127.0.0.1:4318
    """
    log_to_stderr(log_level, log_format)
    settings = Settings(
        db=db,
        grpc=Address.parse("--grpc", grpc),
        http=Address.parse("--http", http),
        timezone=timezone,
        limits=Limits(
            max_body_bytes=max_body_mib * MIB,
            max_receiving_bytes=max_receiving_mib * MIB,
            max_header_bytes=max_header_kib * KIB,
            max_connections=max_connections,
            receive_s=receive_timeout_s,
            idle_s=idle_timeout_s,
        ),
        max_waiting_bytes=max_waiting_mib * MIB,
        shutdown_s=shutdown_s,
        prices=prices,
        tokens=read_tokens(tokens, os.environ),
        insecure=insecure,
        tls=Tls.from_options(tls_cert, tls_key, tls_client_ca),
        cors_origins=tuple(cors_origin or ()),
    )
    _warn(settings)
    asyncio.run(run_until_stopped(settings, lambda collector: _announce(settings, collector)))


def _announce(settings: Settings, collector: Collector) -> None:
    scheme = "https" if settings.tls else "http"
    addresses = f"OTLP/gRPC {collector.grpc}, HTTP {scheme}://{collector.http}"
    typer.echo(f"{READY}: ledger {settings.db}, {addresses}")
    _log.info("started", extra={"fields": {"version": __version__, "pid": os.getpid()}})
    _log.info(
        "settings", extra={"fields": settings.summary() | {"grpc": collector.grpc, "http": collector.http}}
    )


def _warn(settings: Settings) -> None:
    exposed = [str(a) for a in (settings.grpc, settings.http) if not a.is_loopback()]
    if settings.tokens:
        for scope in sorted(set(Scope) - settings.tokens.scopes):
            _log.warning("there is no token of scope %s: nobody can %s", scope, scope)
    if exposed and not settings.tls:
        _log.warning("%s without TLS: what is sent there can be read on the way", " and ".join(exposed))
