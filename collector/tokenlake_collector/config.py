"""The settings of a collector, checked once at start."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tokenlake_collector.addresses import Address
from tokenlake_collector.errors import StartupError

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Settings:
    """What `tokenlake serve` was asked to do.

    `shutdown_s` bounds a shutdown, in seconds. A body may have `max_body_bytes`, before and after
    decompression; requests that wait for a commit may have `max_waiting_bytes` together. `prices` is a TOML
    file with own prices.
    """

    db: str
    grpc: Address
    http: Address
    timezone: str = "UTC"
    max_body_bytes: int = 64 * MIB
    max_waiting_bytes: int = 128 * MIB
    shutdown_s: float = 10.0
    prices: str | None = None

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
