"""Where a ledger begins: what is older was pruned, and what of it is sent again stays out."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc


class Boundary:
    """The boundary of one ledger; `before` (naive UTC) only ever grows, None while nothing was pruned."""

    def __init__(self, before: datetime | None) -> None:
        self.before = before

    @classmethod
    def stored(cls, connection: duckdb.DuckDBPyConnection) -> Boundary:
        """Return the boundary of an open ledger."""
        [(before,)] = connection.execute("SELECT before FROM usage_pruned").fetchall()
        return cls(before)

    def refresh(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Take over where another collector let the ledger begin."""
        stored = self.stored(connection).before
        if stored is not None:
            self.before = max(stored, self.before or stored)

    def advance(self, connection: duckdb.DuckDBPyConnection, before: datetime) -> None:
        """Keep out what is older from now on, and store that in the connection's transaction.

        Should that fail, the boundary holds until the ledger is closed: a pruning that failed is repeated.
        """
        self.before = max(before, self.before or before)
        connection.execute("UPDATE usage_pruned SET before = ?", [self.before]).fetchall()

    def kept(self, rows: pa.Table) -> pa.Table:
        """Return the rows that are not older."""
        if self.before is None or rows.num_rows == 0 or pc.min(rows["timestamp"]).as_py() >= self.before:
            return rows
        return rows.filter(pc.greater_equal(rows["timestamp"], pa.scalar(self.before, pa.timestamp("us"))))
