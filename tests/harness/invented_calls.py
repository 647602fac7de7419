"""A ledger with two months of invented calls, for looking at."""

from __future__ import annotations

from pathlib import Path

from tokenlake_collector.storage.ledger import Ledger

_CALLS = Path(__file__).parents[1] / "dashboard" / "invented_calls.sql"


def write_invented_calls(db: Path) -> Path:
    """Write the ledger, which ends now, and return its path."""
    ledger = Ledger.open(db)
    with ledger.cursor() as cursor:
        cursor.execute(_CALLS.read_text(encoding="utf-8")).fetchall()
    ledger.close()
    return db
