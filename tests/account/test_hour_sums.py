"""The sums by hour are those of the rows, whatever is stored, changed or taken away, and whenever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.batching import merged
from harness.hour_sums import hashed_sessions, session_hash, sums, sums_of_rows
from harness.otlp import CHAT, NOON_NS, SpanSpec, trace_bytes
from harness.random_case import RandomCase
from harness.random_traces import random_cases
from harness.table import store
from tokenlake_collector.errors import CommitFailed
from tokenlake_collector.storage.hours.sealing import _Step, check_sums, seal
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_queries import get_token_calls, get_token_session_count

HOUR = datetime(2026, 5, 28, 20)
NEXT = HOUR + timedelta(hours=1)
"""The hour of NOON_NS (20:26:40) and the one after it."""

HOUR_NS = 3600 * 10**9


def span(number: int, *, hour: int = 0, **attributes: object) -> bytes:
    """Return a request of one call, some hours after the first."""
    return trace_bytes(
        SpanSpec({**CHAT, **attributes}, span_id=number, trace_id=number, start_ns=NOON_NS + hour * HOUR_NS)
    )


def opened(*requests: bytes) -> Ledger:
    """Return a ledger in memory that holds some requests."""
    ledger = Ledger.open(":memory:")
    store(ledger, list(requests))
    return ledger


def until(ledger: Ledger) -> object:
    """Return up to which hour rows are summed."""
    with ledger.cursor() as cursor:
        return cursor.execute("SELECT until FROM usage_hours_until").fetchall()[0][0]


def calls(ledger: Ledger) -> object:
    """Return how many calls the sums hold."""
    with ledger.cursor() as cursor:
        return cursor.execute("SELECT sum(calls) FROM usage_hours").fetchall()[0][0]


def store_sealing(ledger: Ledger, groups: Sequence[Sequence[bytes]], seals: set[int]) -> None:
    """Store groups, and sum the hours after some of them."""
    for number, group in enumerate(groups):
        store(ledger, group)
        if number in seals:
            seal(ledger, NEXT)


@given(st.data(), random_cases())
@settings(max_examples=25, deadline=None)
def test_sums_equal_the_rows(data: st.DataObject, case: RandomCase) -> None:
    """After any order, any duplicates and any sealing between, each group's sums are those of its rows."""
    again = data.draw(st.lists(st.sampled_from(case.requests), max_size=3)) if case.requests else []
    requests = list(data.draw(st.permutations([*case.requests, *again])))
    groups = [[merged(requests[place : place + 3])] for place in range(0, len(requests), 3)]
    ledger = Ledger.open(":memory:")
    store_sealing(ledger, groups, data.draw(st.sets(st.integers(0, len(groups)))))

    assert sums_of_rows(ledger) == sums(ledger)

    seal(ledger, NEXT)

    assert sums_of_rows(ledger, times=True) == sums(ledger, times=True)
    ledger.close()


@given(st.data(), random_cases())
@settings(max_examples=15, deadline=None)
def test_each_session_is_found_through_its_sums(data: st.DataObject, case: RandomCase) -> None:
    """Whatever was summed, added and taken off, each session has the calls that its rows are, and is one."""
    requests = list(data.draw(st.permutations(case.requests)))
    ledger = Ledger.open(":memory:")
    seals = data.draw(st.sets(st.integers(0, len(requests))))
    store_sealing(ledger, [[request] for request in requests], seals)
    with ledger.cursor() as cursor:
        rows = cursor.execute("SELECT session_id, id::VARCHAR FROM token_usage").fetchall()
        sessions = {session for session, _ in rows}
        found = [
            (session, call["id"])
            for session in sessions
            for call in get_token_calls(10_000, filters={"session_id": session}, source=cursor)
        ]

        assert len(sessions) == get_token_session_count(source=cursor)
    assert Counter(rows) == Counter(found)
    assert all(hashed == session_hash(session) for session, hashed in hashed_sessions(ledger))
    ledger.close()


def test_the_sums_of_an_older_version_get_their_hashes(tmp_path: Path) -> None:
    """A ledger whose sums were made before sessions had hashes has them after it was opened."""
    path, named = tmp_path / "usage.duckdb", dict[str, Any]({"gen_ai.conversation.id": "s"})
    with closing(Ledger.open(path)) as ledger:
        store(ledger, [span(1, **named), span(2)])
        seal(ledger, NEXT)
    with duckdb.connect(path) as connection:
        connection.execute("ALTER TABLE usage_hours DROP COLUMN session_hash")
        connection.execute("DELETE FROM tokenlake_migrations WHERE version >= 6")

    with closing(Ledger.open(path)) as ledger:
        assert {("s", session_hash("s")), (None, None)} == hashed_sessions(ledger)


def test_only_hours_that_are_over_are_summed() -> None:
    """Of calls in two hours the first hour's is summed when the second is not over."""
    ledger = opened(span(1), span(2, hour=1))

    assert 1 == seal(ledger, NEXT + timedelta(minutes=59))
    assert (NEXT, 1) == (until(ledger), calls(ledger))


def test_an_empty_ledger_has_no_hours() -> None:
    """Nothing is summed where nothing is, so that what comes from before costs nothing."""
    ledger = opened()
    seal(ledger, NEXT)

    assert until(ledger) is None


def test_hours_are_summed_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many rows take several transactions, and all are summed once."""
    monkeypatch.setattr("tokenlake_collector.storage.hours.sealing.STEP_ROWS", 2)
    ledger = opened(*(span(number, hour=number % 5) for number in range(1, 11)))

    assert 10 == seal(ledger, HOUR + timedelta(hours=9))
    assert 10 == calls(ledger)
    assert sums_of_rows(ledger, times=True) == sums(ledger, times=True)


def test_a_late_row_is_added() -> None:
    """A call of an hour that is summed already is in the sums at once."""
    ledger = opened(span(1))
    seal(ledger, NEXT)
    store(ledger, [span(2)])

    assert 2 == calls(ledger)


def test_what_comes_while_hours_are_summed_is_added_once() -> None:
    """A commit between the beginning and the end of a summing transaction is in the sums once."""
    ledger = opened(span(1))
    step = _Step(ledger, NEXT)

    def work(connection: duckdb.DuckDBPyConnection, first: datetime | None) -> None:
        store(ledger, [span(2)])
        step._work(connection, first)

    ledger.beside(step._begin, work)

    assert 2 == calls(ledger)
    assert sums_of_rows(ledger) == sums(ledger)


def test_a_summing_that_failed_leaves_nothing_twice() -> None:
    """A call that came while a summing transaction failed is in the sums of the next one once."""
    ledger = opened(span(1))

    def work(_connection: duckdb.DuckDBPyConnection, _first: datetime | None) -> None:
        store(ledger, [span(2)])
        raise duckdb.OutOfMemoryException("no room")

    with pytest.raises(CommitFailed, match="no room"):
        ledger.beside(_Step(ledger, NEXT)._begin, work)
    seal(ledger, NEXT)

    assert 2 == calls(ledger)
    assert sums_of_rows(ledger) == sums(ledger)


def test_rows_that_were_written_by_sql_are_found() -> None:
    """Where rows were inserted by hand, all sums are forgotten, and made again by the next summing."""
    ledger = opened(span(1))
    seal(ledger, NEXT)
    ledger.transaction(
        lambda connection: connection.execute(
            "INSERT INTO token_usage (timestamp, input_tokens) VALUES ('2026-05-28 20:00:00', 7)"
        ).fetchall()
    )
    check_sums(ledger)

    assert until(ledger) is None

    seal(ledger, NEXT)

    assert sums_of_rows(ledger, times=True) == sums(ledger, times=True)


def test_sums_that_agree_are_kept() -> None:
    """Where nobody wrote rows by hand, the check forgets nothing."""
    ledger = opened(span(1))
    seal(ledger, NEXT)
    check_sums(ledger)

    assert NEXT == until(ledger)
