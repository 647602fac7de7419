"""What an hour of a ledger holds, in two numbers: two ledgers are compared by them, hour by hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import duckdb

from tokenlake_collector.storage.sql import query


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Rows of all tables that move, and the sum of a hash over all columns of each row."""

    rows: int = 0
    hashes: int = 0

    def __add__(self, other: Fingerprint) -> Fingerprint:
        return Fingerprint(self.rows + other.rows, self.hashes + other.hashes)

    def __sub__(self, other: Fingerprint) -> Fingerprint:
        return Fingerprint(self.rows - other.rows, self.hashes - other.hashes)


Hours: TypeAlias = Mapping[datetime, Fingerprint]
"""Fingerprints by the beginning of the hour (naive UTC); hours without rows are not there."""


def hours_of(cursor: duckdb.DuckDBPyConnection) -> dict[datetime, Fingerprint]:
    """Return the fingerprints of the ledger that a cursor uses: 0.5 µs a row, and no memory to speak of."""
    rows = query(cursor, __package__, "fingerprints", {})
    return {row["hour"]: Fingerprint(row["rows"], row["hashes"]) for row in rows}


def sum_of(hours: Hours) -> Fingerprint:
    """Return the fingerprint of all hours together."""
    return sum(hours.values(), Fingerprint())
