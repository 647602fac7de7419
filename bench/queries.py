"""How long does a statistic take on a ledger of a million rows, of ten, of a hundred?

    make bench-queries

Through the public functions and over HTTP, beside plain SQL on the same file, and on a table in SQLite with
an index on each of the seven columns that are filtered most. Medians of several warm runs; the first run is
shown apart.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import httpx
from plot import chart
from server import collecting

import tokenlake_queries as queries
from tokenlake_collector.storage.hours.sealing import seal
from tokenlake_collector.storage.ledger import Ledger

AT_ONCE = 2_000_000
BEGIN_US = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000

FIGURES = "count(*), sum(input_tokens), sum(output_tokens), sum(estimated_cost)"
SQL = {
    "total": f"SELECT {FIGURES} FROM token_usage",
    "by model": f"SELECT model, {FIGURES} FROM token_usage GROUP BY model",
    "by user": f"SELECT user_id, {FIGURES} FROM token_usage GROUP BY user_id",
    "by day": f"SELECT {{day}}, {FIGURES} FROM token_usage GROUP BY 1",
    "sessions": f"SELECT session_id, max(timestamp) AS last, {FIGURES} FROM token_usage "
    "GROUP BY session_id ORDER BY last DESC LIMIT 50",
    "one session": f"SELECT {FIGURES} FROM token_usage WHERE session_id = '{{session}}'",
}
"""The same questions with fewer figures, as somebody would type them."""

STATISTICS: dict[str, Callable[..., Any]] = {
    "total": queries.get_token_total,
    "by model": partial(queries.get_token_summary, "model"),
    "by user": queries.get_stats_by_user,
    "by day": queries.get_token_timeline,
    "sessions": queries.get_token_sessions,
    "one session": queries.get_token_calls,
}

PATHS = {
    "total": "total",
    "by model": "summary?group_by=model",
    "by user": "summary?group_by=user_id",
    "by day": "timeline",
    "sessions": "sessions",
    "one session": "calls?session_id={session}",
}

SIXTEEN = (
    "id::VARCHAR AS id, timestamp::VARCHAR AS timestamp, session_id, endpoint_name, model, operation_type, "
    "operation_detail, input_tokens, output_tokens, cache_creation_tokens, cache_read_tokens, "
    "context_tokens, iteration, channel, user_id, estimated_cost"
)
INDEXED = ("timestamp", "session_id", "endpoint_name", "model", "operation_type", "user_id", "channel")


def fill(db: Path, rows: int) -> None:
    """Fill a new ledger and sum its hours, as a collector does within a minute of each."""
    statement = Path(__file__).with_name("calls_of_a_year.sql").read_text(encoding="utf-8")
    ledger = Ledger.open(db)
    for first in range(0, rows, AT_ONCE):
        given = {"first": first, "rows": min(AT_ONCE, rows - first), "begin_us": BEGIN_US}
        ledger.transaction(lambda connection, given=given: connection.execute(statement, given).fetchall())  # type: ignore[misc]
    with ledger.cursor() as cursor:
        [(last,)] = cursor.execute("SELECT max(timestamp) FROM token_usage").fetchall()
    begun = time.perf_counter()
    summed = seal(ledger, last)
    print(f"summing took {(time.perf_counter() - begun) * 1e6 / summed:.2f} µs a row", flush=True)
    ledger.close()


def some_session(db: Path) -> str:
    """Return a session from the middle of the ledger."""
    with duckdb.connect(db, read_only=True) as connection:
        [(session,)] = connection.execute(
            "SELECT session_id FROM token_usage LIMIT 1 OFFSET (SELECT count(*) // 2 FROM token_usage)"
        ).fetchall()
    return str(session)


def timed(ask: Callable[[], object], runs: int) -> tuple[float, float]:
    """Return the first run and the median of the following ones, in ms."""
    times = []
    for _ in range(runs + 1):
        begun = time.perf_counter()
        ask()
        times.append((time.perf_counter() - begun) * 1000)
    return times[0], statistics.median(times[1:])


def of_functions(db: Path, session: str, runs: int) -> dict[str, tuple[float, float]]:
    """Time the public functions on the file."""
    with duckdb.connect(db, read_only=True) as connection:
        chosen = {"one session": {"filters": {"session_id": session}}}
        return {
            name: timed(partial(ask, source=connection, **chosen.get(name, {})), runs)
            for name, ask in STATISTICS.items()
        }


def of_http(db: Path, session: str, runs: int) -> dict[str, tuple[float, float]]:
    """Time a running collector's answers."""
    with (
        collecting(db) as server,
        httpx.Client(base_url=f"http://{server.http}/metrics/token/", timeout=120) as client,
    ):
        return {
            name: timed(partial(_got, client, path.format(session=session)), runs)
            for name, path in PATHS.items()
        }


def of_sql(db: Path, session: str, runs: int) -> dict[str, tuple[float, float]]:
    """Time plain SQL on the same file."""
    with duckdb.connect(db, read_only=True) as connection:
        return {
            name: timed(partial(_fetched, connection, text.format(day=_DUCKDB_DAY, session=session)), runs)
            for name, text in SQL.items()
        }


def of_sqlite(db: Path, session: str, runs: int) -> dict[str, tuple[float, float]]:
    """Copy sixteen columns into SQLite, and time the same SQL there."""
    with (
        tempfile.TemporaryDirectory(dir=db.parent) as folder,
        closing(sqlite3.connect(Path(folder) / "usage.db")) as lite,
    ):
        _copy(db, lite)
        day = "date(timestamp)"
        return {
            name: timed(partial(_fetched, lite, text.format(day=day, session=session)), runs)
            for name, text in SQL.items()
        }


_DUCKDB_DAY = "date_trunc('day', timestamp)"


def _copy(db: Path, lite: sqlite3.Connection) -> None:
    with duckdb.connect(db, read_only=True) as connection:
        rows = connection.execute(f"SELECT {SIXTEEN} FROM token_usage")
        names = [column[0] for column in rows.description]
        lite.execute(f"CREATE TABLE token_usage ({', '.join(names)})")
        marks = ", ".join("?" for _ in names)
        while part := rows.fetchmany(100_000):
            lite.executemany(f"INSERT INTO token_usage VALUES ({marks})", part)
    for column in INDEXED:
        lite.execute(f"CREATE INDEX by_{column} ON token_usage ({column})")
    lite.commit()


def _fetched(connection: Any, text: str) -> object:
    return connection.execute(text).fetchall()


def _got(client: httpx.Client, path: str) -> object:
    return client.get(path).raise_for_status().content


def report(db: Path, rows: int, runs: int, *, sqlite: bool) -> dict[str, float]:
    """Print a line per question and a column per way of asking it; return what the functions took, in ms."""
    session = some_session(db)
    ways = {"functions": of_functions, "HTTP": of_http, "plain SQL": of_sql}
    if sqlite:
        ways["SQLite"] = of_sqlite
    found = {way: measure(db, session, 2 if way == "SQLite" else runs) for way, measure in ways.items()}
    print(f"\n{rows:,} rows: ms warm (first)" + "".join(f"{way:>20}" for way in found))
    for name in SQL:
        print(
            f"{name:30}"
            + "".join(f"{found[way][name][1]:11.1f} ({found[way][name][0]:6.0f})" for way in found)
        )
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
    with tempfile.TemporaryDirectory() as folder:
        for millions in map(int, given.millions.split(",")):
            db = (given.keep or Path(folder)) / f"{millions}_million.duckdb"
            if not db.exists():
                fill(db, millions * 1_000_000)
            rows = millions * 1_000_000
            for name, took in report(db, rows, given.runs, sqlite=millions <= given.sqlite).items():
                curves[name].append((rows, took))
    if given.plot:
        given.plot.write_text(chart(curves), encoding="utf-8")


if __name__ == "__main__":
    main()
