"""`tokenlake migrate` in a process of its own, the ledgers that it reads, and what it leaves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import httpx

from harness.collector_process import clean_environment
from harness.otlp import SpanSpec, trace_bytes
from tokenlake_collector.storage.ledger import Ledger

TABLES = ("token_usage", "token_usage_uncounted", "trace_spans", "usage_pruned")

DIGEST = "SELECT count(*), sum(md5_number_lower({0}::VARCHAR))::VARCHAR FROM {0}"

_CALLS = """
INSERT INTO token_usage (id, timestamp, model, input_tokens, output_tokens, estimated_cost, trace_id)
SELECT
    md5(i::VARCHAR)::UUID,
    TIMESTAMP '2026-11-01 00:00:00' + to_microseconds(i * 3600000000 // $hourly),
    'model-' || i % 7, 1 + i % 1000, 1 + i % 100, i / 1e6, md5('t' || i)::UUID
FROM range($rows) AS calls (i)
"""


def calls_ledger(path: Path, rows: int, hourly: int) -> None:
    """Make a ledger file with so many calls, so many in each hour from 2026-11-01 on."""
    ledger = Ledger.open(path)
    given = {"rows": rows, "hourly": hourly}
    ledger.transaction(lambda connection: connection.execute(_CALLS, given).fetchall())
    ledger.close()


def spans(*numbers: int) -> bytes:
    """Return a request with a call for each number, all of the same hour."""
    return trace_bytes(*(SpanSpec(span_id=number, trace_id=number) for number in numbers))


def send(url: str, *numbers: int) -> None:
    """Send such a request to a collector, which must take it."""
    headers = {"Content-Type": "application/x-protobuf"}
    httpx.post(f"{url}/v1/traces", content=spans(*numbers), headers=headers, timeout=60).raise_for_status()


def rows_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that a ledger file has in the tables that move, ordered."""
    ledger = Ledger.open(path)
    try:
        with ledger.cursor() as cursor:
            return {name: cursor.execute(f"FROM {name} ORDER BY ALL").fetchall() for name in TABLES}
    finally:
        ledger.close()


def digest_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return a number of each table that moves which changes with any value in it: for a million rows."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return {name: connection.execute(DIGEST.format(name)).fetchall() for name in TABLES}


def kill_at(
    is_moment: Callable[[str], bool], *arguments: object, python: str = sys.executable, **environment: str
) -> list[str]:
    """Start a migration, kill it when it says something, and return what it had said."""
    process = subprocess.Popen(
        [python, "-m", "tokenlake_collector", "migrate", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment() | environment,
    )
    with process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if is_moment(line):
                process.kill()
                return said
    raise AssertionError(f"it ended before that moment: {said}")
