"""A collector knows what others stored before it stores: relatives meet wherever their reports arrived."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import pytest

from harness.hour_sums import sums, sums_of_rows
from harness.lakes import Collector, Lakes
from harness.otlp import CHAT, NOON_NS, SpanSpec, trace_bytes
from harness.random_signals import claude_code_call
from harness.table import contents
from tokenlake_collector.account import planning
from tokenlake_collector.ingest import Accepted
from tokenlake_collector.retention import prune
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.hours.sealing import seal
from tokenlake_collector.storage.lake.upkeep import CHORES, Chore, do

ROOT = trace_bytes(SpanSpec({"session.id": "s-1"}, span_id=1))
CALL = trace_bytes(SpanSpec(CHAT, span_id=2, parent_id=1))
AGENT = trace_bytes(SpanSpec(CHAT | {"gen_ai.operation.name": "invoke_agent"}, span_id=1, kind=1))
COPY = trace_bytes(SpanSpec({**CHAT, "gen_ai.response.id": "msg_1"}, span_id=3, trace_id=3))
ORIGINAL = trace_bytes(SpanSpec({**CHAT, "gen_ai.response.id": "msg_1"}, span_id=4, trace_id=4))
NEXT_HOUR = datetime(2026, 5, 28, 21)
"""After the hour of NOON_NS."""

EXPIRE = Chore(
    "expire all",
    0,
    "SELECT count(*) FROM ducklake_expire_snapshots(current_database(), "
    "older_than => now() + INTERVAL 1 DAY)",
)


@pytest.fixture
def two(lakes: Lakes) -> Iterator[list[Collector]]:
    with lakes.collectors(2) as opened:
        yield opened


def input_tokens(collector: Collector) -> list[int]:
    """Return the tokens of each row that counts: 100 for a call."""
    return [row[7] for row in contents(collector.ledger)["token_usage"]]


def sessions(collector: Collector) -> list[str]:
    """Return the session of each row that counts."""
    return [row[2] for row in contents(collector.ledger)["token_usage"]]


def test_a_plan_that_missed_more_than_is_kept_finds_its_relatives(
    lakes: Lakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the last piece of news is kept here; the root's was the one before it."""
    monkeypatch.setattr(planning, "_MOST_NEWS", 1)
    with lakes.collectors(2) as (one, other):
        prepared = one.ingest.prepare(Signal.TRACES, [CALL])
        for stored in (ROOT, COPY):
            other.store_traces(stored)
            one.ledger.transaction(lambda _: None)
        one.ingest.store(prepared)

        assert {"s-1", None} == set(sessions(one))


@pytest.mark.parametrize("spans", [(ROOT, CALL), (CALL, ROOT)], ids=["root first", "root last"])
def test_a_root_tells_a_call_at_another_collector_whose_it_is(
    spans: Sequence[bytes], two: list[Collector]
) -> None:
    """Each alone would have no relative; the call gets the root's session (C10)."""
    for collector, span in zip(two, spans, strict=True):
        collector.store_traces(span)

    assert ["s-1"] == sessions(two[0])


@pytest.mark.parametrize("spans", [(AGENT, CALL), (CALL, AGENT)], ids=["agent first", "agent last"])
def test_an_agent_repeats_a_call_at_another_collector(spans: Sequence[bytes], two: list[Collector]) -> None:
    """The call counts, the agent's sum of it does not: 100 input tokens (C4)."""
    for collector, span in zip(two, spans, strict=True):
        collector.store_traces(span)

    assert [100] == input_tokens(two[0])


def test_two_traces_with_one_answer_meet(two: list[Collector]) -> None:
    """The provider's id of the answer is the same: one call, 100 input tokens (C2)."""
    two[0].store_traces(ORIGINAL)
    two[1].store_traces(COPY)

    assert [100] == input_tokens(two[0])


@pytest.mark.parametrize("order", [1, -1], ids=["metric last", "metric first"])
def test_signals_of_one_call_meet(order: int, two: list[Collector]) -> None:
    """A log record, a span and a metric's points at one and the other: 1,003 input tokens once (C5)."""
    for number, request in enumerate(claude_code_call()[::order]):
        two[number % 2].store(request)

    assert [1003] == input_tokens(two[0])


def test_a_plan_that_was_made_before_is_renewed(two: list[Collector]) -> None:
    """The call is planned while it has no relative, and stored after another collector stored its root."""
    planned = two[0].ingest.prepare(Signal.TRACES, [CALL])
    two[1].store_traces(ROOT)

    assert [Accepted()] == two[0].ingest.store(planned)
    assert ["s-1"] == sessions(two[0])


def test_plans_are_renewed_in_their_order(two: list[Collector]) -> None:
    """Two that were made ahead, with something new before each of them."""
    second_call = trace_bytes(SpanSpec(CHAT, span_id=6, parent_id=5, trace_id=5))
    second_root = trace_bytes(SpanSpec({"session.id": "s-2"}, span_id=5, trace_id=5))
    plans = [two[0].ingest.prepare(Signal.TRACES, [payload]) for payload in (CALL, second_call)]
    for plan, root in zip(plans, (ROOT, second_root), strict=True):
        two[1].store_traces(root)
        two[0].ingest.store(plan)

    assert {"s-1", "s-2"} == set(sessions(two[0]))


@pytest.mark.parametrize("chores", [CHORES, (EXPIRE,)], ids=["upkeep", "expired snapshots"])
def test_upkeep_hides_nothing(chores: Sequence[Chore], two: list[Collector]) -> None:
    """Files are merged and snapshots forgotten before the other collector has looked."""
    bulk = [trace_bytes(SpanSpec(span_id=n, trace_id=n)) for n in range(100, 400)]
    for _ in range(2):
        two[0].ingest.process(Signal.TRACES, bulk)
    two[0].store_traces(ROOT)
    for chore in chores:
        do(two[0].ledger, chore)
    two[1].store_traces(CALL)
    two[1].ingest.process(Signal.TRACES, bulk)

    assert [100] * 301 == input_tokens(two[0])
    assert {"s-1", None} == set(sessions(two[0]))


def test_a_collector_keeps_the_sums_that_another_made(two: list[Collector]) -> None:
    """The first sums an hour, the second adds a late call to it."""
    two[0].store_traces(trace_bytes(SpanSpec(span_id=10, trace_id=10, start_ns=NOON_NS)))
    seal(two[0].ledger, NEXT_HOUR)
    two[1].store_traces(trace_bytes(SpanSpec(span_id=11, trace_id=11, start_ns=NOON_NS)))

    assert [2] == [row[11] for row in sums(two[0].ledger)]
    assert sums_of_rows(two[0].ledger, times=True) == sums(two[1].ledger, times=True)


def test_what_another_collector_pruned_stays_out(two: list[Collector]) -> None:
    """The second learns the boundary with its next commit, and refuses what is older from then on."""
    prune(two[0].ledger, NEXT_HOUR)
    two[1].store_traces(trace_bytes(SpanSpec(span_id=1, trace_id=1, start_ns=NOON_NS + 24 * 3600 * 10**9)))
    (outcome,) = two[1].ingest.process(Signal.TRACES, [CALL])

    assert isinstance(outcome, Accepted)
    assert 1 == outcome.refused
    assert two[1].ledger.boundary.before == NEXT_HOUR


def test_one_of_them_leads(two: list[Collector]) -> None:
    """Until it is closed; then the other does."""
    first, second = (collector.ledger for collector in two)

    assert (True, False, True) == (first.leads(), second.leads(), first.leads())

    first.close()

    assert second.leads()
