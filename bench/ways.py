"""The ways in which the same questions are asked: by functions, over HTTP, in the SQL of three engines."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import clickhouse_copy
import duckdb
import httpx
import sqlite_copy
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
    with duckdb.connect(db, read_only=True, config={"threads": THREADS}) as connection:
        return of_connection(connection, session, runs)


def of_connection(connection: duckdb.DuckDBPyConnection, session: str, runs: int) -> dict[str, Took]:
    """Time the public functions on an open ledger."""
    chosen = {"one session": {"filters": {"session_id": session}}}
    return {
        name: timed(partial(ask, source=connection, **chosen.get(name, {})), runs)
        for name, ask in STATISTICS.items()
    }


def of_http(db: Path | str, session: str, runs: int) -> dict[str, Took]:
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
