"""How long does a statistic take on a ledger of a million rows, of ten, of a hundred?

    make bench-queries

Through the public functions and over HTTP, beside plain SQL on the same file, on a table in SQLite with an
index on each of the seven columns that are filtered most, and on one in embedded ClickHouse. Medians of
several warm runs; the first run is shown apart.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import clickhouse_copy
from ledgers import filled, shelf, some_session
from plot import chart
from questions import SQL
from ways import of_clickhouse, of_functions, of_http, of_sql, of_sqlite


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
