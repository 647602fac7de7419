"""Whoever watches a collector's turns is told how long each was waited for, and how long it took."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest

from harness.lakes import Lakes
from harness.postgres import PostgreSQL
from tokenlake_collector.errors import CommitFailed


def test_a_turn_and_a_wait_are_as_long_as_they_are(lakes: Lakes, postgres: PostgreSQL) -> None:
    """One waits from before PostgreSQL says so until the other's work ends, which takes all that time."""
    turns: dict[str, list[tuple[float, float]]] = {"first": [], "second": []}
    with lakes.collectors(2) as (one, other), ThreadPoolExecutor(1) as pool:
        first, second = one.ledger, other.ledger
        first.watch_turns(lambda waited, held: turns["first"].append((waited, held)))
        second.watch_turns(lambda waited, held: turns["second"].append((waited, held)))

        def work(_connection: duckdb.DuckDBPyConnection) -> float:
            waiting = pool.submit(second.transaction, lambda _: None)
            while [(0,)] == postgres.ask("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                assert not waiting.done()
            seen = time.monotonic()
            postgres.ask("SELECT 1")
            return time.monotonic() - seen

        least = first.transaction(work)
        pool.shutdown()

    [(_, held)], [(waited, _)] = turns["first"], turns["second"]
    assert held > least
    assert waited > least


def test_a_turn_whose_commit_failed_was_one(lakes: Lakes) -> None:
    """Others had to wait for it all the same."""
    turns: list[tuple[float, float]] = []
    with lakes.collectors(1) as (one,):
        one.ledger.watch_turns(lambda waited, held: turns.append((waited, held)))
        with pytest.raises(CommitFailed):
            one.ledger.transaction(lambda connection: connection.execute("SELECT * FROM nowhere"))

    assert 1 == len(turns)
