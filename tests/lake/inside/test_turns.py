"""Collectors write in turns, whatever happens to the one whose turn it is; if not, the later commit fails."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest

from harness.captures import Request
from harness.collector_process import clean_environment
from harness.flattening import flat_rows
from harness.lakes import Collector, Lakes, collectors_of
from harness.otlp import CHAT, SpanSpec, trace_bytes
from harness.postgres import PostgreSQL
from harness.table import contents
from tokenlake_collector.account.planning import Plan
from tokenlake_collector.errors import CommitFailed
from tokenlake_collector.flatten.rows import empty_relatives
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.changes import Changes
from tokenlake_collector.storage.ledger import Ledger

CALL = SpanSpec(CHAT, span_id=2, parent_id=1)
ROOT = trace_bytes(SpanSpec({"session.id": "s-1"}, span_id=1))

HOLDER = """
import sys
from tokenlake_collector.storage.ledger import Ledger

def work(connection):
    connection.execute("INSERT INTO token_usage (input_tokens) VALUES (1)").fetchall()
    print("holds", flush=True)
    sys.stdin.read()

Ledger.open(sys.argv[1]).transaction(work)
"""
"""A process that is in the middle of its turn until it is killed."""

SOON_S = 5
"""Far less than PostgreSQL, or another collector, waits for somebody who does not answer."""


@pytest.fixture
def name(lakes: Lakes) -> Iterator[str]:
    with lakes.ledger() as given:
        yield given


@pytest.fixture
def two(name: str) -> Iterator[list[Collector]]:
    with collectors_of(name, 2) as opened:
        yield opened


def plan_of(collector: Collector) -> Plan:
    """Return a collector's plan for the call."""
    return collector.accounting.plan(flat_rows(CALL), empty_relatives())


def rows(collector: Collector) -> int:
    """Return how many reports are stored."""
    return len(contents(collector.ledger)["token_usage"])


def test_nobody_writes_while_another_does(two: list[Collector], postgres: PostgreSQL) -> None:
    """The second waits until the transaction of the first has ended."""
    first, second = (collector.ledger for collector in two)
    order: list[str] = []

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        waiting = pool.submit(second.transaction, lambda _connection: order.append("second"))
        while [(0,)] == postgres.ask("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            assert not waiting.done()
        order.append("first")

    with ThreadPoolExecutor(1) as pool:
        first.transaction(work)

    assert ["first", "second"] == order


def test_a_killed_holder_keeps_nobody_waiting(name: str) -> None:
    """The next one begins at once, and sees nothing of what the killed one had not committed."""
    ledger = Ledger.open(name)
    command = [sys.executable, "-c", HOLDER, name]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean_environment()
    ) as holder:
        assert holder.stdout is not None
        assert "holds\n" == holder.stdout.readline()
        holder.kill()
    killed = time.monotonic()
    found = ledger.transaction(lambda c: c.execute("SELECT count(*) FROM token_usage").fetchall())
    ledger.close()

    assert [(0,)] == found
    assert time.monotonic() - killed < SOON_S


def test_a_lost_lock_alone_loses_nothing(two: list[Collector], name: str, lakes: Lakes) -> None:
    """Where nobody else wrote meanwhile, the commit stands, and the next turn is one like any other."""
    first, second = two
    plan = plan_of(first)

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        first.accounting.store(connection, plan)
        lakes.cut_lock(name)

    first.ledger.transaction(work)
    second.store_traces(trace_bytes(CALL))
    first.store_traces(trace_bytes(CALL))

    assert 1 == rows(first)


def test_of_two_turns_at_a_time_the_later_commit_fails(two: list[Collector], name: str, lakes: Lakes) -> None:
    """The lock's connection is cut, another collector stores the same report: it is there once."""
    first, second = two
    plan = plan_of(first)

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        first.accounting.store(connection, plan)
        lakes.cut_lock(name)
        second.store_traces(trace_bytes(CALL))

    with pytest.raises(CommitFailed, match="could not be stored"):
        first.ledger.transaction(work)
    assert 1 == rows(second)

    first.store_traces(trace_bytes(CALL))

    assert 1 == rows(first)


def test_what_is_committed_without_the_lock_is_not_overlooked(
    two: list[Collector], name: str, lakes: Lakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit after the lock was lost, when the next one has looked at what is new: both sides meet."""
    first, second = two
    catalogue = second.ledger._database._catalogue  # type: ignore[attr-defined]  # only a lake has one
    look = catalogue.changes
    plan = plan_of(first)

    def look_too_early(since: int, until: int) -> Changes | None:
        found: Changes | None = look(since, until)
        connection.execute("COMMIT")
        return found

    connection = first.ledger._database.connection
    connection.execute("BEGIN")
    first.accounting.store(connection, plan)
    with monkeypatch.context() as patch:
        patch.setattr(catalogue, "changes", look_too_early)
        (outcome,) = second.ingest.process(Signal.TRACES, [ROOT])
    assert isinstance(outcome, CommitFailed)

    second.store(Request(Signal.TRACES, ROOT))

    assert ["s-1"] == [row[2] for row in contents(second.ledger)["token_usage"]]
