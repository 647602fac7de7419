"""Does a ledger that has grown take in as much as an empty one, and how large is a row on disk?

    make bench-growth

The rows before are made by SQL (`filled.sql`); the same load is then sent to each ledger in turn.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from ingest import Scenario, orders
from load import measured
from server import collecting

from tokenlake_collector.storage.ledger import Ledger

_LOAD = Scenario("gRPC", "grpc", 16)
_AT_ONCE = 5_000_000


def fill(db: Path, rows: int) -> float:
    """Fill a new ledger, and return the bytes that a row takes after a checkpoint."""
    statement = Path(__file__).with_name("filled.sql").read_text(encoding="utf-8")
    ledger = Ledger.open(db)
    end_us = time.time_ns() // 1000 - 3_600_000_000
    for begun in range(0, rows, _AT_ONCE):
        part = min(_AT_ONCE, rows - begun)
        until = end_us - (rows - begun - part) * 2000
        given = {"rows": part, "end_us": until}
        ledger.transaction(lambda connection, given=given: connection.execute(statement, given).fetchall())  # type: ignore[misc]
    ledger.close()
    return db.stat().st_size / rows if rows else 0.0


def main() -> None:
    """Print a line per size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", default="10,50", help="sizes to try besides an empty ledger")
    parser.add_argument("--seconds", type=float, default=8)
    given = parser.parse_args()
    rates: list[float] = []
    print("rows before   B/row   spans/s  of empty  p99 ms  CPU µs   MiB")
    for millions in (0, *map(int, given.millions.split(","))):
        with tempfile.TemporaryDirectory() as folder:
            db = Path(folder) / "grown.duckdb"
            row_bytes = fill(db, millions * 1_000_000)
            with collecting(db) as server:
                load = measured(server, orders(_LOAD, server, given.seconds, 2, again=False))
        rates.append(load.rate)
        print(
            f"{millions:9} M{row_bytes:9.0f}{load.rate:10,.0f}{load.rate / rates[0]:10.2f}{load.p99_ms:8.0f}"
            f"{load.cpu:8.1f}{load.memory_mib:6.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
