"""Batches that wait for another attempt: none is lost in silence."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenlake_collector.embedded.held import Batch, Held


def batch(name: str, size: int = 10, spans: int = 1) -> Batch:
    return Batch(name.encode().ljust(size), spans)


def test_a_retry_commits_the_oldest_first() -> None:
    """All go in when nothing fails any more, in the order in which they came."""
    held, committed = Held(), list[Batch]()
    for name in "abc":
        held.add(batch(name))

    def commit(one: Batch) -> bool:
        committed.append(one)
        return True

    assert held.retry(commit)
    assert [batch("a"), batch("b"), batch("c")] == committed
    assert held.retry(commit)
    assert 3 == len(committed)


def test_one_that_always_fails_does_not_stop_the_others() -> None:
    """Each attempt ends at the first failure, which goes to the end."""
    held, committed = Held(), list[Batch]()
    for name in ("bad", "a", "b"):
        held.add(batch(name))

    def commit(one: Batch) -> bool:
        committed.extend([one] if one != batch("bad") else [])
        return one != batch("bad")

    attempts = [held.retry(commit) for _ in range(2)]

    assert [False, False] == attempts
    assert [batch("a"), batch("b")] == committed


def test_the_oldest_are_given_up_when_there_are_too_many(caplog: pytest.LogCaptureFixture) -> None:
    """Of three batches of 10 bytes, 25 bytes keep two; the 7 spans of the first are counted and said."""
    held = Held(max_bytes=25)
    held.add(batch("a", spans=7))
    held.add(batch("b", spans=2))
    held.add(batch("c", spans=1))

    assert 7 == held.lost
    assert ["7 spans could not be stored and are lost"] == [
        text.partition(" (")[0] for text in caplog.messages
    ]
    assert held.retry(lambda one: one != batch("a"))


def test_what_is_left_at_the_end_is_lost_aloud(caplog: pytest.LogCaptureFixture) -> None:
    """Closing tries each once more, and counts what cannot be committed."""
    held, committed = Held(), list[Batch]()
    for name, spans in (("bad", 3), ("a", 1), ("worse", 4), ("b", 1)):
        held.add(batch(name, spans=spans))

    def commit(one: Batch) -> bool:
        committed.extend([one] if one.spans == 1 else [])
        return one.spans == 1

    held.finish(commit)

    assert [batch("a"), batch("b")] == committed
    assert 7 == held.lost
    assert [logging.ERROR] * 2 == [record.levelno for record in caplog.records]


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 9), st.booleans())))
def test_every_span_is_committed_or_counted_as_lost(steps: list[tuple[int, int, bool]]) -> None:
    """Whatever the sizes and whenever attempts succeed, each span has exactly one end."""
    held, committed = Held(max_bytes=100), list[int]()

    def commit(one: Batch) -> bool:
        committed.append(one.spans)
        return True

    for size, spans, succeeds in steps:
        held.add(batch("x", size, spans))
        held.retry(commit if succeeds else lambda _: False)
    held.finish(lambda _: False)

    assert sum(spans for _, spans, _ in steps) == sum(committed) + held.lost
