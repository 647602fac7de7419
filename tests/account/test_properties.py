"""Generated traces have their true totals, and no way of delivering anything changes a row."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.batching import merged, one_span_each
from harness.captures import case, cases
from harness.emitters import Emitter
from harness.known_emitters import ALL
from harness.otlp import CHAT
from harness.random_case import RandomCase
from harness.random_traces import random_cases
from harness.span_tree import SpanTree
from harness.table import Table, contents, store, table_after, totals
from harness.true_calls import Counts, TrueCall, true_totals
from tokenlake_collector.storage.ledger import Ledger

CAPTURES = [recorded.name for recorded in cases() if recorded.traces]
Groups = list[list[bytes]]


@cache
def recorded_table(name: str) -> Table:
    return table_after([merged(recorded_spans(name))])


@cache
def recorded_spans(name: str) -> tuple[bytes, ...]:
    return tuple(single for payload in case(name).traces for single in one_span_each(payload))


def groups_of(data: st.DataObject, spans: Sequence[bytes]) -> Groups:
    """Put spans, some of them twice, in any order into any requests and transactions."""
    again = data.draw(st.lists(st.sampled_from(spans), max_size=4))
    left = list(data.draw(st.permutations([*spans, *again])))
    groups = []
    while left:
        size = data.draw(st.integers(1, 8))
        groups.append([merged(left[:size]), *left[size : size + 1]])
        left = left[size + 1 :]
    return groups


def table_with_restarts(groups: Groups, stops: set[int]) -> Table:
    """Store groups in a file that is closed and opened again before some of them."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger.open(Path(folder) / "usage.duckdb")
        try:
            for number, group in enumerate(groups):
                if number in stops:
                    ledger.close()
                    ledger = Ledger.open(Path(folder) / "usage.duckdb")
                store(ledger, group)
            return contents(ledger)
        finally:
            ledger.close()


# The truth


@pytest.mark.parametrize("emitter", ALL, ids=lambda emitter: emitter.name)
def test_one_call_of_each_emitter_is_read_truly(emitter: Emitter) -> None:
    """1000 input tokens, 700 of them from a cache and 200 into it; 90 output tokens, 40 of them reasoning."""
    counts = Counts(1000, 90, 700, 200, 40)
    tree = SpanTree()
    options = {"scope": emitter.scope, "version": emitter.version, "kind": emitter.kind}
    with tree.open(
        1, None, attributes=emitter.write(counts), name=emitter.span_name or "chat", **options
    ) as span:
        span.resource = emitter.resource
    ledger = Ledger.open(":memory:")
    store(ledger, [span.request()])
    found = totals(ledger)
    ledger.close()

    assert true_totals([TrueCall(emitter.shown(counts))]) == found


@given(random_cases())
@settings(max_examples=40)
def test_generated_traces_have_their_true_totals_and_owners(generated: RandomCase) -> None:
    """Calls, errors and every kind of token equal what happened, for every session and user (C10)."""
    ledger = Ledger.open(":memory:")
    store(ledger, [merged(generated.requests)])
    with ledger.cursor() as cursor:
        owners = cursor.execute("SELECT output_tokens, session_id, user_id FROM token_usage").fetchall()
    found = totals(ledger)
    ledger.close()

    assert true_totals(generated.calls) == found
    assert Counter((call.counts.output, call.session, call.user) for call in generated.calls) == Counter(
        owners
    )


# The order


@given(st.data(), random_cases())
@settings(max_examples=15)
def test_delivery_does_not_matter(data: st.DataObject, generated: RandomCase) -> None:
    """Any permutation, batching and duplication of generated spans gives the same two tables."""
    groups = groups_of(data, generated.requests)

    assert table_after([merged(generated.requests)]) == table_after(*groups)


@given(st.data(), random_cases())
@settings(max_examples=5)
def test_restarts_do_not_matter(data: st.DataObject, generated: RandomCase) -> None:
    """Closing the file and starting again between any two transactions changes nothing."""
    groups = groups_of(data, generated.requests)
    stops = data.draw(st.sets(st.integers(1, max(1, len(groups) - 1)), min_size=1, max_size=3))

    assert table_after([merged(generated.requests)]) == table_with_restarts(groups, stops)


@pytest.mark.parametrize("name", CAPTURES)
@settings(max_examples=1)
@given(data=st.data())
def test_delivery_and_restarts_do_not_matter_for_a_capture(name: str, data: st.DataObject) -> None:
    """The same for the recorded traffic of real instrumentations."""
    groups = groups_of(data, recorded_spans(name))
    stops = {data.draw(st.integers(1, max(1, len(groups) - 1)))}

    assert recorded_table(name) == table_with_restarts(groups, stops)


@given(st.permutations([0, 1, 2]), st.sets(st.integers(1, 2)))
@settings(max_examples=4)
def test_c0_of_several_versions_of_a_span_one_is_kept(order: list[int], stops: set[int]) -> None:
    """The version that ends last, wherever it starts: 30 input tokens, whatever comes first or twice."""
    versions = [
        _version(start=0, end=10, tokens=10),
        _version(start=7200, end=7210, tokens=20),
        _version(start=3600, end=7220, tokens=30),
    ]
    table = table_with_restarts([[versions[index]] for index in order], stops)

    assert table_after(versions) == table
    assert [30] == [row[7] for row in table["token_usage"]]


def _version(start: int, end: int, tokens: int) -> bytes:
    tree = SpanTree()
    with tree.open(1, None, attributes=CHAT | {"gen_ai.usage.input_tokens": tokens}) as span:
        pass
    span.start, span.end = start * 1000, end * 1000
    return span.request()


# Invariants


@given(random_cases())
@settings(max_examples=7)
def test_every_report_is_kept_once_and_counted_rows_make_sense(generated: RandomCase) -> None:
    """No id is in both tables or twice in one; every `counted_id` leads to a counted row.

    0 <= cache read + cache creation <= input and 0 <= reasoning <= output, or the row is flagged.
    """
    ledger = Ledger.open(":memory:")
    store(ledger, *[[request] for request in generated.requests])
    with ledger.cursor() as cursor:
        counted = [row[0] for row in cursor.execute("SELECT id FROM token_usage").fetchall()]
        uncounted = cursor.execute("SELECT id, counted_id, reason FROM token_usage_uncounted").fetchall()
        senseless = cursor.execute(
            """
            SELECT * FROM token_usage WHERE flags IS NULL AND NOT (
                0 <= least(cache_read_tokens, cache_creation_tokens, reasoning_tokens)
                AND cache_read_tokens + cache_creation_tokens <= input_tokens
                AND reasoning_tokens <= output_tokens)
            """
        ).fetchall()
    ledger.close()

    instead: dict[UUID, UUID | None] = {identity: to for identity, to, _ in uncounted}
    assert len(counted) + len(uncounted) == len({*counted, *instead})
    assert {_end_of(to, instead) for to in instead.values() if to is not None} <= set(counted)
    assert all(to is not None for _, to, reason in uncounted if reason in {"same_call", "repeats_its_calls"})
    assert [] == senseless


def _end_of(identity: UUID, instead: dict[UUID, UUID | None]) -> UUID:
    for _ in range(len(instead) + 1):
        following = instead.get(identity)
        if following is None:
            break
        identity = following
    return identity
