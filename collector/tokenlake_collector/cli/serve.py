"""`tokenlake serve`."""

from __future__ import annotations

import asyncio
import logging
import os
from functools import partial
from typing import Annotated, Any

import typer

from tokenlake.version import __version__
from tokenlake_collector.access import Scope, read_tokens
from tokenlake_collector.addresses import Address
from tokenlake_collector.allocator import return_large_blocks
from tokenlake_collector.cli.money import PriceFile
from tokenlake_collector.config import Settings
from tokenlake_collector.limits import KIB, MIB, Limits
from tokenlake_collector.live_sql import SqlLimits
from tokenlake_collector.logs import log_to_stderr
from tokenlake_collector.quack import Quack
from tokenlake_collector.server import Collector
from tokenlake_collector.server import serve as run_until_stopped
from tokenlake_collector.tls import Tls
from tokenlake_queries.lake import shown

READY = "tokenlake is ready"

_log = logging.getLogger(__name__)


def _option(
    variable: str, text: str, *names: str, panel: str | None = None, least: float | None = None
) -> Any:
    return typer.Option(*names, envvar=f"TOKENLAKE_{variable}", help=text, rich_help_panel=panel, min=least)


_access = partial(_option, panel="Access")
_limit = partial(_option, panel="Limits", least=1)

Db = Annotated[
    str,
    _option("DB", "The DuckDB file that holds the ledger, or ducklake:postgres:… to share it."),
]
DataPath = Annotated[
    str | None,
    _option("DATA_PATH", "Where a new ledger on DuckLake has its files: a folder, or s3://bucket/prefix."),
]
Grpc = Annotated[str, _option("GRPC", "Where to take OTLP/gRPC; port 0 takes a free one.")]
Http = Annotated[
    str, _option("HTTP", "Where to take OTLP/HTTP and answer statistics; port 0 takes a free one.")
]
Zone = Annotated[str, _option("TIMEZONE", "The zone that days start in, an IANA name.")]
LogFormat = Annotated[str, _option("LOG_FORMAT", "logfmt or json.")]
LogLevel = Annotated[str, _option("LOG_LEVEL", "debug, info, warning or error.")]
TokenFile = Annotated[
    str | None, _access("TOKENS", "A file of tokens, a line each: ingest TOKEN or read TOKEN.")
]
Insecure = Annotated[bool, _access("INSECURE", "Serve other machines without any token.", "--insecure")]
TlsCert = Annotated[str | None, _access("TLS_CERT", "The certificate chain of both listeners, a PEM file.")]
TlsKey = Annotated[str | None, _access("TLS_KEY", "The certificate's key, a PEM file without a password.")]
TlsClientCa = Annotated[
    str | None,
    _access("TLS_CLIENT_CA", "Only take clients with a certificate of these authorities, a PEM file."),
]
CorsOrigin = Annotated[
    list[str] | None,
    _access(
        "CORS_ORIGIN",
        "Let pages of this origin send and read; repeatable; in the variable, separated by spaces.",
    ),
]
MaxBody = Annotated[int, _limit("MAX_BODY_MIB", "Largest request in MiB, before and after decompression.")]
MaxReceiving = Annotated[
    int,
    _limit(
        "MAX_RECEIVING_MIB",
        "Requests in MiB that may be arriving; beyond that the largest is told to retry.",
    ),
]
MaxWaiting = Annotated[
    int,
    _limit(
        "MAX_WAITING_MIB",
        "Requests in MiB that may wait for a commit; beyond that senders are told to retry.",
    ),
]
MaxHeader = Annotated[int, _limit("MAX_HEADER_KIB", "Largest headers of a request in KiB.")]
MaxConnections = Annotated[int, _limit("MAX_CONNECTIONS", "Most connections of each listener.")]
# With less, a checkpoint of a full log needs temporary files, and DuckDB allows for these what was free when
# it first wrote one: on a disk that had been full, the first checkpoint after room was made failed.
Memory = Annotated[
    int,
    _limit("MEMORY_MIB", "What DuckDB may use, in MiB; beyond that it writes temporary files.", least=256),
]
ReceiveTimeout = Annotated[
    float,
    _limit("RECEIVE_TIMEOUT_S", "Longest time that a request may take to arrive, in s.", least=0.1),
]
IdleTimeout = Annotated[float, _limit("IDLE_TIMEOUT_S", "Longest time that a connection may be idle, in s.")]
ConnectionAge = Annotated[
    float | None,
    _limit(
        "CONNECTION_AGE_S", "Time after which a gRPC connection is ended between two calls, in s.", least=1
    ),
]
QuackAt = Annotated[
    str | None,
    _option(
        "QUACK", "Where to serve DuckDB's own remote protocol too; needs its extension and a read token."
    ),
]
KeepDays = Annotated[
    int | None,
    _option("KEEP_DAYS", "Days to keep besides today; what is older is pruned, once a day.", least=1),
]
SqlTimeout = Annotated[
    float, _limit("SQL_TIMEOUT_S", "Longest time that a statement may run, in s.", least=0.1)
]
SqlRows = Annotated[int, _limit("SQL_MAX_ROWS", "Most rows that a statement may return.")]
SqlMib = Annotated[int, _limit("SQL_MAX_MIB", "Largest result of a statement, in MiB.")]
SqlAtOnce = Annotated[
    int, _limit("SQL_AT_ONCE", "Statements that may run at once; one more is told to try again.")
]
Shutdown = Annotated[float, _limit("SHUTDOWN_S", "Longest time that a shutdown may take, in s.")]


def serve(
    *,
    db: Db = "usage.duckdb",
    data_path: DataPath = None,
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
    memory_mib: Memory = 256,
    receive_timeout_s: ReceiveTimeout = 30.0,
    idle_timeout_s: IdleTimeout = 75.0,
    connection_age_s: ConnectionAge = None,
    quack: QuackAt = None,
    keep_days: KeepDays = None,
    sql_timeout_s: SqlTimeout = 30.0,
    sql_max_rows: SqlRows = 100_000,
    sql_max_mib: SqlMib = 64,
    sql_at_once: SqlAtOnce = 2,
    shutdown_s: Shutdown = 10.0,
) -> None:
    """Run the collector until SIGTERM or Ctrl-C.

    Example: tokenlake serve --db usage.duckdb --http 127.0.0.1:4318
    """
    log_to_stderr(log_level, log_format)
    settings = Settings(
        *(db, Address.parse("--grpc", grpc), Address.parse("--http", http)),
        data_path=data_path,
        timezone=timezone,
        limits=Limits(
            *(max_body_mib * MIB, max_receiving_mib * MIB, max_header_kib * KIB, max_connections),
            *(receive_timeout_s, idle_timeout_s),
            connection_age_s,
        ),
        max_waiting_bytes=max_waiting_mib * MIB,
        memory_mib=memory_mib,
        shutdown_s=shutdown_s,
        prices=prices,
        tokens=read_tokens(tokens, os.environ),
        insecure=insecure,
        tls=Tls.from_options(tls_cert, tls_key, tls_client_ca),
        cors_origins=tuple(cors_origin or ()),
        quack=_quack(quack),
        keep_days=keep_days,
        sql=SqlLimits(sql_timeout_s, sql_max_rows, sql_max_mib * MIB, sql_at_once),
    )
    _run(settings)


def _run(settings: Settings) -> None:
    return_large_blocks()
    _warn(settings)
    asyncio.run(run_until_stopped(settings, lambda collector: _announce(settings, collector)))


def _quack(address: str | None) -> Quack | None:
    """Return what to serve DuckDB's protocol with; it needs the token itself, which files keep no copy of."""
    if address is None:
        return None
    return Quack(Address.parse("--quack", address), os.environ.get("TOKENLAKE_READ_TOKEN", ""))


def _announce(settings: Settings, collector: Collector) -> None:
    scheme = "https" if settings.tls else "http"
    addresses = f"OTLP/gRPC {collector.grpc}, HTTP {scheme}://{collector.http}"
    typer.echo(f"{READY}: ledger {shown(settings.db)}, {addresses}")
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
