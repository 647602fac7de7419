"""Calls on log records, spans and metrics are counted once, in whatever order these arrive (C5, C6)."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.captures import Request, case, cases
from harness.random_signals import SignalCase, claude_code_call, random_signals
from harness.table import Table, contents, store_recorded, totals
from harness.true_calls import Counts
from tokenlake_collector.storage.ledger import Ledger

CAPTURES = [run.name for run in cases() if len(run.traces) < len(run.requests)]


def stored(requests: Sequence[Request]) -> tuple[Table, dict[str, int]]:
    """Store requests one by one and return both tables and the totals."""
    ledger = Ledger.open(":memory:")
    store_recorded(ledger, requests)
    found = contents(ledger), totals(ledger)
    ledger.close()
    return found


def stored_with_a_restart(requests: Sequence[Request], stop: int) -> Table:
    """Store requests one by one in a file that is closed and opened again before one of them."""
    with tempfile.TemporaryDirectory() as folder:
        for part in (requests[:stop], requests[stop:]):
            ledger = Ledger.open(Path(folder) / "usage.duckdb")
            store_recorded(ledger, part)
            found = contents(ledger)
            ledger.close()
        return found


def any_order(data: st.DataObject, requests: Sequence[Request]) -> list[Request]:
    """Return the requests in any order, some of them twice."""
    again = data.draw(st.lists(st.sampled_from(requests), max_size=3))
    return list(data.draw(st.permutations([*requests, *again])))


@given(st.data(), random_signals())
@settings(max_examples=7)
def test_generated_signals_are_counted_once_in_any_order(data: st.DataObject, generated: SignalCase) -> None:
    """Every kind of token equals what was used, and both tables are those of the first order."""
    requests = any_order(data, generated.requests)
    table, found = stored(generated.requests)

    words = ("input", "output", "cache_read", "cache_creation", "reasoning")
    assert generated.truth == Counts(*(found[f"{word}_tokens"] for word in words))
    assert table == stored_with_a_restart(requests, data.draw(st.integers(0, len(requests))))


def test_c5_the_record_that_is_named_instead_does_not_depend_on_the_order() -> None:
    """A log record and a span of one call without a request id, and the minute's points: the log is named."""
    requests = claude_code_call()
    found = [stored(order)[0] for order in permutations(requests)]

    assert [found[0]] * 6 == found


@pytest.mark.parametrize("name", CAPTURES)
@settings(max_examples=1)
@given(data=st.data())
def test_any_order_of_a_captures_requests_gives_the_same_tables(name: str, data: st.DataObject) -> None:
    """All signals of a recorded run, in any order, some twice, with a restart in between."""
    requests = any_order(data, case(name).requests)
    stop = data.draw(st.integers(0, len(requests)))

    assert stored(case(name).requests)[0] == stored_with_a_restart(requests, stop)
