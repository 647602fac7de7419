"""How much one statement may take, and how many run side by side."""

from __future__ import annotations

from dataclasses import dataclass

from tokenlake_collector.limits import MIB


@dataclass(frozen=True, slots=True)
class SqlLimits:
    """A statement may run `timeout_s` seconds and return `max_rows` rows of `max_bytes` together.

    `at_once` statements run side by side; one more is told to come back.
    """

    timeout_s: float = 30.0
    max_rows: int = 100_000
    max_bytes: int = 64 * MIB
    at_once: int = 2
