"""How long does a statistic take on a lake, beside the same rows in a file?

    make bench-scale

PostgreSQL and the lake's files are on the same disk as the file; the lake's files are merged, as the chores
of an hour leave them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from catalogue import Lake, Lakes, lakes
from ledgers import fill, filled, shelf, some_session
from questions import SQL
from ways import THREADS, Took, of_connection, of_functions, of_http

from tokenlake_collector.storage.lake.upkeep import CHORES, do
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_queries.lake import connect_lake

MERGING = ("write inlined rows", "merge young files", "merge files")
TARGET = "at 100 million rows at most 900 ms, one session 60 ms"
"""Three times the targets of the functions on a file."""


def filled_lake(catalogue: Lakes, rows: int) -> Lake:
    """Return a new lake with so many rows, in merged files."""
    lake = catalogue.new()
    ledger = Ledger.open(lake.name, data_path=lake.data_path)
    fill(ledger, rows)
    for chore in CHORES:
        if chore.name in MERGING:
            do(ledger, chore)
    ledger.close()
    return lake


def of_lake(lake: Lake, session: str, runs: int) -> dict[str, Took]:
    """Time the public functions on a lake."""
    with connect_lake(lake.name, read_only=True) as connection:
        connection.execute(f"SET threads = {THREADS}")
        return of_connection(connection, session, runs)


def report(db: Path, lake: Lake, rows: int, runs: int) -> None:
    """Print a line per question: ms warm on both, and how many times as long the lake takes."""
    session = some_session(db)
    ways = {
        "functions": (of_functions(db, session, runs), of_lake(lake, session, runs)),
        "HTTP": (of_http(db, session, runs), of_http(lake.name, session, runs)),
    }
    heading = "".join(f"{f'{way}: file':>18}{'lake':>10}{'ratio':>7}" for way in ways)
    print(f"\n{rows:11,} rows{heading}    (target: {TARGET})")
    for name in SQL:
        pairs = [(on_file[name][1], on_lake[name][1]) for on_file, on_lake in ways.values()]
        print(f"{name:16}" + "".join(f"{a:18.1f}{b:10.1f}{b / a:7.2f}" for a, b in pairs), flush=True)


def main() -> None:
    """Measure ledgers of several sizes, one after another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", default="1,10,100", help="sizes")
    parser.add_argument("--runs", type=int, default=7, help="warm runs of each question")
    parser.add_argument("--keep", type=Path, help="a folder where the files stay, to be used again")
    given = parser.parse_args()
    with shelf(given.keep) as folder, lakes(given.keep) as catalogue:
        for millions in map(int, given.millions.split(",")):
            rows = millions * 1_000_000
            report(filled(folder, millions), filled_lake(catalogue, rows), rows, given.runs)


if __name__ == "__main__":
    main()
