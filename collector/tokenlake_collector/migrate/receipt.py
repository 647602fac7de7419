"""What a migration has put into a ledger, kept there: rows that others wrote are told from its own by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from tokenlake_collector.migrate.fingerprint import Fingerprint
from tokenlake_collector.storage.sql import query, run

_EXISTS = """
SELECT 1 FROM duckdb_tables()
WHERE table_name = 'usage_migrated'
    AND database_name = current_database() AND schema_name = current_schema()
"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """When the source ledger was made (naive UTC), by which it is known; and all that came from it."""

    source_made_at: datetime
    content: Fingerprint

    @classmethod
    def stored(cls, cursor: duckdb.DuckDBPyConnection) -> Receipt | None:
        """Return what the last step wrote; None where there was none."""
        if not cursor.execute(_EXISTS).fetchall():
            return None
        [row] = query(cursor, __package__, "receipt", {})
        return cls(row["source_made_at"], Fingerprint(row["rows"], int(row["hashes"])))

    def write(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Put it in the place of the one before, in the connection's transaction."""
        content = {"rows": self.content.rows, "hashes": str(self.content.hashes)}
        run(connection, "write_receipt", {"made_at": self.source_made_at, **content}, __package__)
