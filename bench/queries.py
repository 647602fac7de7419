"""How long does a statistic take on a ledger of a million rows, of ten, of a hundred?

    make bench-queries

Through the public functions and over HTTP, beside plain SQL on the same file, on a table in SQLite with an
index on each of the seven columns that are filtered most, and on one in embedded ClickHouse. Medians of
several warm runs; the first run is shown apart.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import clickhouse_copy
import duckdb
import httpx
import sqlite_copy
from ledgers import filled, shelf, some_session
from plot import chart
from questions import PATHS, SQL, STATISTICS
from server import collecting

THREADS = 2
"""Of DuckDB and of ClickHouse; a collector has its own rule."""

Took = tuple[float, float]
"""The first run and the median of the following ones, in ms."""


def timed(ask: Callable[[], object], runs: int) -> Took:
    """Ask once, and then so many times."""
    times = []
    for _ in range(runs + 1):
        begun = time.perf_counter()
        ask()
        times.append((time.perf_counter() - begun) * 1000)
    return times[0], statistics.median(times[1:])


def of_functions(db: Path, session: str, runs: int) -> dict[str, Took]:
    """Time the public functions on the file."""
    chosen = {"one session": {"filters": {"session_id": session}}}
    with duckdb.connect(db, read_only=True, config={"threads": THREADS}) as connection:
        return {
            name: timed(partial(ask, source=connection, **chosen.get(name, {})), runs)
            for name, ask in STATISTICS.items()
        }


def of_http(db: Path, session: str, runs: int) -> dict[str, Took]:
    """Time a running collector's answers."""
    with (
        collecting(db) as server,
        httpx.Client(base_url=f"http://{server.http}/metrics/token/", timeout=120) as client,
    ):
        return {
            name: timed(partial(_got, client, path.format(session=session)), runs)
            for name, path in PATHS.items()
        }


def of_sql(db: Path, session: str, runs: int) -> dict[str, Took]:
    """Time plain SQL on the same file."""
    with duckdb.connect(db, read_only=True, config={"threads": THREADS}) as connection:
        day = "date_trunc('day', timestamp)"
        return _typed(lambda text: connection.execute(text).fetchall(), day, session, runs)


def of_sqlite(db: Path, session: str, runs: int) -> dict[str, Took]:
    """Time the same SQL in SQLite."""
    with (
        tempfile.TemporaryDirectory(dir=db.parent) as folder,
        sqlite_copy.in_sqlite(db, Path(folder)) as ask,
    ):
        return _typed(ask, sqlite_copy.DAY, session, min(runs, 2))


def of_clickhouse(db: Path, session: str, runs: int) -> dict[str, Took]:
    """Time the same SQL in ClickHouse, whose copy stays beside the ledger."""
    with clickhouse_copy.in_clickhouse(db, db.parent, THREADS) as ask:
        return _typed(ask, clickhouse_copy.DAY, session, runs)


def _typed(ask: Callable[[str], object], day: str, session: str, runs: int) -> dict[str, Took]:
    return {
        name: timed(partial(ask, text.format(day=day, session=session)), runs) for name, text in SQL.items()
    }


def _got(client: httpx.Client, path: str) -> object:
    return client.get(path).raise_for_status().content


def report(db: Path, rows: int, runs: int, *, sqlite: bool) -> dict[str, float]:
    """Print a line per question and a column per way of asking it; return what the functions took, in ms."""
    session = some_session(db)
    ways = {"functions": of_functions, "HTTP": of_http, "plain SQL": of_sql}
    if sqlite:
        ways["SQLite"] = of_sqlite
    if clickhouse_copy.is_installed():
        ways["chdb"] = of_clickhouse
    found = {way: measure(db, session, runs) for way, measure in ways.items()}
    print(f"\n{rows:,} rows: ms warm (first)" + "".join(f"{way:>20}" for way in found), end="")
    print("  functions/chdb" if "chdb" in found else "  chdb: not installed, pip install 'tokenlake[bench]'")
    for name in SQL:
        cells = "".join(f"{took[name][1]:11.1f} ({took[name][0]:6.0f})" for took in found.values())
        ratio = f"{found['functions'][name][1] / found['chdb'][name][1]:16.2f}" if "chdb" in found else ""
        print(f"{name:30}{cells}{ratio}")
    sys.stdout.flush()
    return {name: found["functions"][name][1] for name in SQL}


def main() -> None:
    """Measure ledgers of several sizes, one after another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", default="1,10,100", help="sizes")
    parser.add_argument("--runs", type=int, default=7, help="warm runs of each question")
    parser.add_argument("--keep", type=Path, help="a folder where the ledgers stay, to be used again")
    parser.add_argument(
        "--sqlite", type=int, default=10, help="the largest size that SQLite is asked, in millions"
    )
    parser.add_argument("--plot", type=Path, help="an SVG file of how the functions' times grow")
    given = parser.parse_args()
    curves: dict[str, list[tuple[float, float]]] = {name: [] for name in SQL}
    with shelf(given.keep) as folder:
        for millions in map(int, given.millions.split(",")):
            db, rows = filled(folder, millions), millions * 1_000_000
            for name, took in report(db, rows, given.runs, sqlite=millions <= given.sqlite).items():
                curves[name].append((rows, took))
    if given.plot:
        given.plot.write_text(chart(curves), encoding="utf-8")


if __name__ == "__main__":
    main()
