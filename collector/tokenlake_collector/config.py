"""The settings of a collector, checked once at start."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from zoneinfo import ZoneInfo

from tokenlake_collector.access import NO_TOKENS, Tokens, refuse_exposure
from tokenlake_collector.addresses import Address
from tokenlake_collector.errors import StartupError
from tokenlake_collector.limits import MIB, Limits
from tokenlake_collector.live_sql.limits import SqlLimits
from tokenlake_collector.quack import Quack
from tokenlake_collector.tls import Tls
from tokenlake_queries.errors import LedgerError
from tokenlake_queries.lake import is_lake, shown

_ORIGIN = re.compile(r"\*|https?://[^\s/?#,]+")


@dataclass(frozen=True, slots=True)
class Settings:
    """What `tokenlake serve` was asked to do.

    A ledger `db` on DuckLake has its files in `data_path`. `shutdown_s` bounds a shutdown, in seconds.
    Requests that wait for a commit may have `max_waiting_bytes` together, DuckDB `memory_mib`. `prices` is a
    TOML file with own prices. Browsers of `cors_origins` may send and read. SQL of others over HTTP has the
    limits `sql`; over `quack` it has none. Without tokens only this machine is served, unless `insecure`.
    With `keep_days`, older rows are pruned.
    """

    db: str
    grpc: Address
    http: Address
    data_path: str | None = None
    timezone: str = "UTC"
    limits: Limits = field(default_factory=Limits)
    max_waiting_bytes: int = 64 * MIB
    memory_mib: int = 256
    shutdown_s: float = 10.0
    prices: str | None = None
    tokens: Tokens = NO_TOKENS
    insecure: bool = False
    tls: Tls | None = None
    cors_origins: tuple[str, ...] = ()
    sql: SqlLimits = field(default_factory=SqlLimits)
    quack: Quack | None = None
    keep_days: int | None = None

    def summary(self) -> dict[str, str | int | float | bool]:
        """Return what a log may say of the settings: no secret and no place of one."""
        return {
            "db": shown(self.db),
            "data_path": self.data_path or "as created",
            "grpc": str(self.grpc),
            "http": str(self.http),
            "timezone": self.timezone,
            "prices": self.prices or "list",
            "token_scopes": ",".join(sorted(self.tokens.scopes)) or "none",
            "insecure": self.insecure,
            "tls": self.tls is not None,
            "client_certificates": self.tls is not None and self.tls.client_ca is not None,
            "cors_origins": len(self.cors_origins),
            **asdict(self.limits),
            "connection_age_s": self.limits.connection_age_s or "any",
            "max_waiting_bytes": self.max_waiting_bytes,
            "memory_mib": self.memory_mib,
            "shutdown_s": self.shutdown_s,
            "quack": str(self.quack.address) if self.quack else "off",
            "keep_days": self.keep_days or "all",
            **{f"sql_{name}": value for name, value in asdict(self.sql).items()},
        }

    def __post_init__(self) -> None:
        """Check what a type cannot say.

        Raises:
            StartupError: the message names option, value and remedy.
        """
        try:
            ZoneInfo(self.timezone)
        except (ValueError, OSError, KeyError) as error:
            raise StartupError(
                f"--timezone {self.timezone!r}: write an IANA name such as Europe/Berlin"
            ) from error
        try:
            is_lake(self.db)
        except LedgerError as error:
            raise StartupError(f"--db {error}") from error
        for origin in self.cors_origins:
            if not _ORIGIN.fullmatch(origin):
                raise StartupError(
                    f"--cors-origin {origin!r}: write scheme and host, such as https://app.example.com, or *"
                )
        if self.quack and is_lake(self.db):
            raise StartupError(
                "--quack: a ledger on DuckLake needs none: any DuckDB attaches it, read-only, with "
                "ducklake and postgres"
            )
        if self.data_path and not is_lake(self.db):
            raise StartupError(
                f"--data-path {self.data_path}: the file --db {self.db} needs none: leave it out, or name a "
                "ledger on DuckLake in --db"
            )
        refuse_exposure("--grpc", self.grpc, self.tokens, insecure=self.insecure)
        refuse_exposure("--http", self.http, self.tokens, insecure=self.insecure)
