"""Sums by hour of what is older than a full hour: kept with every row that is written or taken away.

New rows are young as a rule, and rows after `until` are summed later, all at once (`sealing.py`). Only those
that come late, and changes of older ones, cost anything here.
"""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.storage.sql import query, run, visible

_SUMMED = pa.schema(
    [
        ("timestamp", pa.timestamp("us")),
        ("session_id", pa.string()),
        ("user_id", pa.string()),
        ("channel", pa.string()),
        ("endpoint_name", pa.string()),
        ("model", pa.string()),
        ("operation_type", pa.string()),
        ("service_name", pa.string()),
        ("provider", pa.string()),
        ("agent_name", pa.string()),
        ("request_model", pa.string()),
        ("signal", pa.string()),
        ("error_type", pa.string()),
        ("input_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
        ("cache_read_tokens", pa.int64()),
        ("cache_creation_tokens", pa.int64()),
        ("reasoning_tokens", pa.int64()),
        ("estimated_cost", pa.float64()),
        ("reported_cost", pa.float64()),
        ("computed_cost", pa.float64()),
    ]
)
"""What the sums are made of."""


def stored_until(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """Return the full hour (naive UTC) before which every row is summed; None while none is."""
    [(until,)] = connection.execute("SELECT until FROM usage_hours_until").fetchall()
    found: datetime | None = until
    return found


class Hours:
    """The sums of one ledger; `until` only ever grows, and what is before it must be kept here.

    It may be ahead of what is stored: while hours are being summed, rows that come into them are added.
    """

    def __init__(self, until: datetime | None) -> None:
        self.until = until

    @classmethod
    def stored(cls, connection: duckdb.DuckDBPyConnection) -> Hours:
        """Return the sums of an open ledger."""
        return cls(stored_until(connection))

    def refresh(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Take over what another collector has summed."""
        stored = stored_until(connection)
        if stored is not None:
            self.until = max(stored, self.until or stored)

    def add(self, connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> None:
        """Add rows that are being stored in token_usage."""
        if self.until is None or rows.num_rows == 0 or pc.min(rows["timestamp"]).as_py() >= self.until:
            return
        old = rows.filter(pc.less(rows["timestamp"], pa.scalar(self.until, pa.timestamp("us"))))
        with visible(connection, summed=old.select(_SUMMED.names)):
            run(connection, "add", {"sign": 1}, __package__)

    def take(self, connection: duckdb.DuckDBPyConnection, first: datetime, last: datetime) -> None:
        """Take off what the visible table `changes` replaces, before it does; both times are inclusive."""
        if self.until is None or first >= self.until:
            return
        taken = query(connection, __package__, "taken", {"first": first, "last": last, "until": self.until})
        if taken:
            rows = pa.Table.from_pylist(taken, _SUMMED)
            with visible(connection, summed=rows):
                run(connection, "add", {"sign": -1}, __package__)
                run(connection, "touched", {}, __package__)
