"""Ledgers full of calls, made once: of so many millions of rows, their hours summed as a collector does."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from tokenlake_collector.storage.hours.sealing import seal
from tokenlake_collector.storage.ledger import Ledger

AT_ONCE = 2_000_000
BEGIN_US = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000


@contextmanager
def shelf(keep: Path | None) -> Iterator[Path]:
    """Yield the folder where ledgers are kept to be used again, or one that goes at the end of the block."""
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def filled(folder: Path, millions: int) -> Path:
    """Return the ledger of so many million rows in a folder, made now unless it is there."""
    db = folder / f"{millions}_million.duckdb"
    if not db.exists():
        unfinished = db.with_suffix(".unfinished")
        for left in folder.glob(f"{unfinished.name}*"):  # its write-ahead log would be read into the new one
            left.unlink()
        ledger = Ledger.open(unfinished)
        fill(ledger, millions * 1_000_000)
        ledger.close()
        unfinished.rename(db)
    return db


def days(db: Path) -> tuple[date, date]:
    """Return the first and the last day (UTC) that a ledger has calls of."""
    with duckdb.connect(db, read_only=True) as connection:
        query = "SELECT min(timestamp)::DATE, max(timestamp)::DATE FROM token_usage"
        [(first, last)] = connection.execute(query).fetchall()
    return first, last


def some_session(db: Path) -> str:
    """Return a session from the middle of a ledger."""
    with duckdb.connect(db, read_only=True) as connection:
        [(session,)] = connection.execute(
            "SELECT session_id FROM token_usage LIMIT 1 OFFSET (SELECT count(*) // 2 FROM token_usage)"
        ).fetchall()
    return str(session)


def fill(ledger: Ledger, rows: int) -> None:
    """Store so many calls in an empty ledger, and sum their hours."""
    statement = Path(__file__).with_name("calls_of_a_year.sql").read_text(encoding="utf-8")
    for first in range(0, rows, AT_ONCE):
        given = {"first": first, "rows": min(AT_ONCE, rows - first), "begin_us": BEGIN_US}
        ledger.transaction(lambda connection, given=given: connection.execute(statement, given).fetchall())  # type: ignore[misc]
    with ledger.cursor() as cursor:
        [(last,)] = cursor.execute("SELECT max(timestamp) FROM token_usage").fetchall()
    begun = time.perf_counter()
    summed = seal(ledger, last)
    print(f"summing took {(time.perf_counter() - begun) * 1e6 / summed:.2f} µs a row", flush=True)
