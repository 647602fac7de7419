"""Spans whose clocks are wrong: stored under their own time, each once, at nobody else's expense."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from harness.otlp import CHAT, SpanSpec, trace_bytes
from harness.table import store
from tokenlake_collector.storage.insert import time_ranges
from tokenlake_collector.storage.ledger import Ledger

NOW_NS = 1_780_000_000_000_000_000
CLOCKS = {"1970": 1_000, "2100": 4_102_444_800_000_000_000, "now": NOW_NS}


@pytest.fixture
def ledger() -> Ledger:
    return Ledger.open(":memory:")


def span(number: int, start_ns: int, seconds: float = 1) -> SpanSpec:
    return SpanSpec(CHAT, span_id=number, trace_id=number, start_ns=start_ns, duration_ns=int(seconds * 1e9))


def test_spans_of_all_times_are_stored_once_however_often_they_come(ledger: Ledger) -> None:
    """1970, 2100 and now in one request, which comes three times, and each again alone."""
    spans = [span(number, start) for number, start in enumerate(CLOCKS.values(), 1)]
    store(ledger, [trace_bytes(*spans)] * 3 + [trace_bytes(one) for one in spans])
    with ledger.cursor() as cursor:
        rows = cursor.execute("SELECT span_id, year(timestamp) FROM token_usage ORDER BY 1").fetchall()

    assert [(1, 1970), (2, 2100), (3, 2026)] == rows


def test_a_span_that_ends_before_it_starts_has_no_duration(ledger: Ledger) -> None:
    """It is stored at its start, once."""
    store(ledger, [trace_bytes(span(1, NOW_NS, seconds=-3600))] * 2)
    with ledger.cursor() as cursor:
        rows = cursor.execute("SELECT duration_ms FROM token_usage").fetchall()

    assert [(None,)] == rows


def times(*years: int) -> pa.ChunkedArray:
    moments = [
        datetime(year, 7, 1, hour, tzinfo=UTC).replace(tzinfo=None) for year in years for hour in (0, 1)
    ]
    return pa.chunked_array([pa.array(moments, pa.timestamp("us"))])


def test_the_years_between_two_clocks_are_not_searched() -> None:
    """A batch of 1970, 2026 and 2100 has three ranges of an hour each."""
    found = time_ranges(times(2026, 1970, 2100))

    assert [1970, 2026, 2100] == [first.year for first, _ in found]
    assert {3600.0} == {(last - first).total_seconds() for first, last in found}


def test_many_clocks_have_few_ranges_and_all_times_are_in_one() -> None:
    """Ten years make four ranges: more would cost more than they save."""
    years = range(1970, 2070, 10)
    found = time_ranges(times(*years))

    assert 4 == len(found)
    for year in years:
        assert any(first.year <= year <= last.year for first, last in found)
