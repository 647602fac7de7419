"""Absurd times and numbers: what is stored of them is a rule, and every statistic survives it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from harness.otlp import CHAT, NOON_NS, SpanSpec, trace_bytes, trace_request
from harness.table import store
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_queries import get_token_total

COUNT = "gen_ai.usage.input_tokens"
COST = "tokenlake.estimated_cost"
SECOND_NS = 1_000_000_000


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """An empty ledger."""
    opened = Ledger.open(":memory:")
    yield opened
    opened.close()


def stored(ledger: Ledger, body: bytes, *columns: str) -> tuple[Any, ...]:
    """Store one span and return some columns of its row."""
    store(ledger, [body])
    with ledger.cursor() as cursor:
        [row] = cursor.execute(f"SELECT {', '.join(columns)} FROM token_usage").fetchall()
    return tuple(row)


def timed(start_ns: int, end_ns: int) -> bytes:
    request = trace_request(SpanSpec())
    span = request.resource_spans[0].scope_spans[0].spans[0]
    span.start_time_unix_nano, span.end_time_unix_nano = start_ns, end_ns
    return request.SerializeToString()


@pytest.mark.parametrize(
    ("start_ns", "end_ns", "timestamp", "duration_ms"),
    [
        (SECOND_NS, 3 * SECOND_NS, datetime(1970, 1, 1, 0, 0, 1), 2000.0),
        (0, NOON_NS, datetime(2026, 5, 28, 20, 26, 40), 0.0),
        (0, 0, datetime(1970, 1, 1), 0.0),
        (NOON_NS, 0, datetime(2026, 5, 28, 20, 26, 40), None),
        (NOON_NS, NOON_NS - 1, datetime(2026, 5, 28, 20, 26, 40), None),
        # 2**63 - 1 ns after 1970, where signed 64-bit nanoseconds end.
        (2**63 - 1, 2**63 - 1, datetime(2262, 4, 11, 23, 47, 16, 854775), 0.0),
        (2**64 - 1, 2**64 - 1, datetime(2554, 7, 21, 23, 34, 33, 709551), 0.0),
    ],
)
def test_any_time_is_stored_as_it_is(
    start_ns: int, end_ns: int, timestamp: datetime, duration_ms: float | None, ledger: Ledger
) -> None:
    """A start of 0 is none: then the end stands for it. A span that ends before it starts has no duration."""
    assert (timestamp, duration_ms) == stored(ledger, timed(start_ns, end_ns), "timestamp", "duration_ms")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2**53 - 1, 2**53 - 1),
        (2**53, 0),
        (2**63 - 1, 0),
        (-1, 0),
        (-(2**63), 0),
        (7.0, 7),
        (7.5, 0),
        (1e308, 0),
        (math.nan, 0),
        (math.inf, 0),
        ("7", 7),
        (" 7.0 ", 7),
        ("-7", 0),
        ("1e3", 0),
        ("9" * 40, 0),
        ("seven", 0),
        (True, 0),
        ([7], 0),
    ],
)
def test_a_count_is_believed_from_0_to_2_53(value: Any, expected: int, ledger: Ledger) -> None:
    """Integers, whole doubles and decimal text; the rest is as if it had not been said."""
    body = trace_bytes(SpanSpec(CHAT | {COUNT: value}))

    assert (expected, 20) == stored(ledger, body, "input_tokens", "output_tokens")


def test_sums_of_the_largest_counts_do_not_overflow(ledger: Ledger) -> None:
    """1,100 rows of 2**53 - 1 tokens are more than a BIGINT holds; the sum is exact."""
    spans = [SpanSpec(CHAT | {COUNT: 2**53 - 1}, span_id=n, trace_id=n) for n in range(1, 1101)]
    store(ledger, [trace_bytes(*spans)])
    with ledger.cursor() as cursor:
        total = get_token_total(source=cursor)

    assert 1100 * (2**53 - 1) == total["input_tokens"] > 2**63
    assert 1100 * (2**53 - 1) + 1100 * 20 == total["total_tokens"]


def test_sums_of_the_largest_costs_stay_finite(ledger: Ledger) -> None:
    """Two calls that report 1e308 USD must not make the total of everybody else's unreadable."""
    spans = [SpanSpec(CHAT | {COST: 1e308}, span_id=number, trace_id=number) for number in (1, 2)]
    store(ledger, [trace_bytes(*spans)])
    with ledger.cursor() as cursor:
        total = get_token_total(source=cursor)

    assert math.isfinite(total["estimated_cost"] or 0)
