"""Valid requests of any content: always accepted, never an exception, and the statistics still add up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.captures import Request
from harness.otlp_json import as_json
from harness.random_exports import exports
from harness.table import prices
from tokenlake_collector.decode.otlp_json import to_protobuf
from tokenlake_collector.errors import BadRequest
from tokenlake_collector.ingest import Accepted, Ingest
from tokenlake_collector.meters import Meters
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_queries import (
    get_daily_stats,
    get_stats_by_user,
    get_token_sessions,
    get_token_summary,
    get_token_timeline,
    get_token_total,
)

TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens", "reasoning_tokens")
MOST = 2**53 * 8
"""No count is over 2**53 - 1, and a row adds up a few."""

STATISTICS: dict[str, Callable[..., Any]] = {
    "total": get_token_total,
    "summary": get_token_summary,
    "sessions": get_token_sessions,
    "daily": get_daily_stats,
    "by user": get_stats_by_user,
    "timeline": lambda **where: get_token_timeline(interval="month", **where),
}


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    """One ledger for all examples: what was stored before must not matter."""
    opened = Ledger.open(":memory:")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def ingest(ledger: Ledger) -> Ingest:
    """An ingest with list prices."""
    return Ingest(ledger, Meters(), prices())


@pytest.fixture(scope="module")
def filled(ledger: Ledger, ingest: Ingest) -> Ledger:
    """The ledger with what a hundred requests left in it."""

    @settings(deadline=None, max_examples=100, database=None)
    @given(request=exports())
    def fill(request: Request) -> None:
        ingest.process(request.signal, [request.payload])

    fill()
    return ledger


@settings(deadline=None, max_examples=150)
@given(request=exports())
def test_a_valid_request_is_accepted(request: Request, ingest: Ingest) -> None:
    """Whatever its ids, times, counts and texts are."""
    (outcome,) = ingest.process(request.signal, [request.payload])

    assert isinstance(outcome, Accepted)


@settings(deadline=None, max_examples=200)
@given(request=exports())
def test_the_json_of_a_request_is_the_same_request(request: Request) -> None:
    """Ids of any length, numbers of any size, text of any kind: no bit is lost on the way through JSON."""
    assert request.payload == to_protobuf(request.signal, as_json(request.signal, request.payload))


@settings(deadline=None, max_examples=60)
@given(
    requests=st.lists(exports(), min_size=1, max_size=6),
    poison=st.sampled_from([b"\x0a\xff", b"\xff" * 20, b"\x0b", b"{}"]),
    place=st.integers(0, 6),
)
def test_a_poisonous_request_in_a_group_spoils_only_itself(
    requests: Sequence[Request], poison: bytes, place: int, ingest: Ingest
) -> None:
    """Wherever it stands: its neighbours of the same signal are accepted, and it alone is refused."""
    signal = requests[0].signal
    group = [request.payload for request in requests if request.signal is signal]
    group.insert(place, poison)
    outcomes = ingest.process(signal, group)

    assert [BadRequest if payload is poison else Accepted for payload in group] == [*map(type, outcomes)]


def test_counts_of_any_content_stay_sane(filled: Ledger) -> None:
    """No count is negative or beyond reason, and something was counted."""
    with filled.cursor() as cursor:
        columns = ", ".join(f"min({name}), max({name})" for name in TOKENS)
        extremes = cursor.execute(f"SELECT count(*), {columns} FROM token_usage").fetchall()[0]

    assert extremes[0] > 0
    assert 0 <= min(extremes[1:]) <= max(extremes[1:]) <= MOST


@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_of_any_content_do_not_raise(name: str, filled: Ledger) -> None:
    """Sums of counts near 2**53 and of times from 1970 to 2554 are still sums."""
    with filled.cursor() as cursor:
        STATISTICS[name](source=cursor)
