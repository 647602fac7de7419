"""Group commit: what waits goes into the next transaction, and everybody gets an answer of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import TypeAlias

import pytest

from tokenlake_collector.errors import BadRequest, CommitFailed, Overloaded, ShuttingDown
from tokenlake_collector.ingest import Accepted, Outcome
from tokenlake_collector.meters import Meters
from tokenlake_collector.pipeline import GROUP_BYTES, Pipeline
from tokenlake_collector.signals import Signal

pytestmark = pytest.mark.anyio

WAIT_S = 20


Group: TypeAlias = tuple[Signal, list[bytes]]


class Gate:
    """Stands in for the ingest: holds every group in its second stage until it is let through.

    The second group is also held in the first stage until `prepare_next` is set: what is submitted by then
    waits behind two groups. `groups` are those that were stored.
    """

    def __init__(self) -> None:
        self.groups: list[tuple[Signal, list[bytes]]] = []
        self.preparing = threading.Semaphore(0)
        self.storing = threading.Semaphore(0)
        self.prepare_next = threading.Event()
        self.passes = threading.Semaphore(0)

    def prepare(self, signal: Signal, payloads: Sequence[bytes]) -> Group:
        self.preparing.release()
        if self.groups:
            assert self.prepare_next.wait(WAIT_S)
        if b"unprepared" in payloads:
            raise RuntimeError("a fault of ours")
        return signal, list(payloads)

    def store(self, group: Group) -> list[Outcome]:
        self.groups.append(group)
        self.storing.release()
        assert self.passes.acquire(timeout=WAIT_S)
        if b"crash" in group[1]:
            raise RuntimeError("a fault of ours")
        return [BadRequest("bad") if payload == b"bad" else Accepted() for payload in group[1]]

    def let_through(self, groups: int) -> None:
        self.prepare_next.set()
        self.passes.release(groups)


def pipeline_of(gate: Gate, max_waiting_bytes: int = 1000) -> Pipeline:
    return Pipeline(gate, Meters(), max_waiting_bytes)  # type: ignore[arg-type]  # the gate has its two methods


async def submitted(
    pipeline: Pipeline, gate: Gate, payloads: Sequence[bytes], signal: Signal = Signal.TRACES
) -> list[asyncio.Task[Accepted]]:
    """Submit a request and wait until it is being stored, one that is being prepared, the others behind."""
    tasks: list[asyncio.Task[Accepted]] = []
    for place, payload in enumerate(payloads):
        tasks.append(asyncio.create_task(pipeline.submit(signal, payload)))
        for stage in {0: (gate.preparing, gate.storing), 1: (gate.preparing,)}.get(place, ()):
            assert await asyncio.to_thread(stage.acquire, timeout=WAIT_S)
    await asyncio.sleep(0)
    return tasks


async def test_what_waits_during_a_commit_shares_the_next_one() -> None:
    """One request is being stored, one prepared, two wait: three transactions in all."""
    gate = Gate()
    pipeline = pipeline_of(gate)
    tasks = await submitted(pipeline, gate, [b"a", b"b", b"c", b"d"])
    gate.let_through(3)
    await asyncio.gather(*tasks)
    await pipeline.close(WAIT_S)

    assert [[b"a"], [b"b"], [b"c", b"d"]] == [payloads for _, payloads in gate.groups]


async def test_nobody_is_answered_before_the_commit() -> None:
    """The future stays open while the transaction runs."""
    gate = Gate()
    pipeline = pipeline_of(gate)
    tasks = await submitted(pipeline, gate, [b"a", b"b"])
    still_open = [not task.done() for task in tasks]
    gate.let_through(2)
    await asyncio.gather(*tasks)
    await pipeline.close(WAIT_S)

    assert [True, True] == still_open


async def test_a_bad_request_spoils_only_itself() -> None:
    """Its neighbours in the group are accepted."""
    gate = Gate()
    pipeline = pipeline_of(gate)
    tasks = await submitted(pipeline, gate, [b"a", b"b", b"bad", b"c"])
    gate.let_through(3)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    await pipeline.close(WAIT_S)

    assert [Accepted, Accepted, BadRequest, Accepted] == [type(outcome) for outcome in outcomes]


async def test_signals_do_not_share_a_group() -> None:
    """Logs behind traces wait for a group of their own; the order is kept."""
    gate = Gate()
    pipeline = pipeline_of(gate)
    tasks = await submitted(pipeline, gate, [b"a", b"b"])
    tasks.append(asyncio.create_task(pipeline.submit(Signal.LOGS, b"l")))
    await asyncio.sleep(0)
    gate.let_through(3)
    await asyncio.gather(*tasks)
    await pipeline.close(WAIT_S)

    expected = [(Signal.TRACES, [b"a"]), (Signal.TRACES, [b"b"]), (Signal.LOGS, [b"l"])]
    assert expected == gate.groups


async def test_a_group_is_bounded() -> None:
    """Three large requests that wait together are committed in two transactions."""
    gate = Gate()
    pipeline = pipeline_of(gate, max_waiting_bytes=10 * GROUP_BYTES)
    large = bytes(GROUP_BYTES // 2 + 1)
    tasks = await submitted(pipeline, gate, [b"a", b"b", large, large, large])
    gate.let_through(4)
    await asyncio.gather(*tasks)
    await pipeline.close(WAIT_S)

    assert [1, 1, 2, 1] == [len(payloads) for _, payloads in gate.groups]


async def test_too_many_waiting_bytes_are_refused_and_room_comes_back() -> None:
    """Beyond the limit a request is told to come again; after the commit it is taken."""
    gate = Gate()
    pipeline = pipeline_of(gate, max_waiting_bytes=10)
    tasks = await submitted(pipeline, gate, [b"12345", b"12345"])
    with pytest.raises(Overloaded, match="send again"):
        await pipeline.submit(Signal.TRACES, b"1")
    gate.let_through(3)
    await asyncio.gather(*tasks)

    assert Accepted() == await pipeline.submit(Signal.TRACES, b"1")
    await pipeline.close(WAIT_S)


async def test_a_request_over_the_limit_is_taken_when_nothing_waits() -> None:
    """Else it could never be delivered."""
    gate = Gate()
    gate.let_through(1)
    pipeline = pipeline_of(gate, max_waiting_bytes=10)

    assert Accepted() == await pipeline.submit(Signal.TRACES, bytes(100))
    await pipeline.close(WAIT_S)


async def test_a_fault_of_ours_is_retryable_and_the_pipeline_lives_on() -> None:
    """The senders of that group may send again; the next group is committed."""
    gate = Gate()
    gate.let_through(2)
    pipeline = pipeline_of(gate)
    with pytest.raises(CommitFailed) as caught:
        await pipeline.submit(Signal.TRACES, b"crash")

    assert caught.value.retryable
    assert Accepted() == await pipeline.submit(Signal.TRACES, b"next")
    await pipeline.close(WAIT_S)


@pytest.mark.parametrize("poison", [b"unprepared", b"crash"])
async def test_a_fault_of_ours_spoils_only_the_request_that_hits_it(poison: bytes) -> None:
    """In either stage: its neighbours in the group are tried singly and accepted."""
    gate = Gate()
    pipeline = pipeline_of(gate)
    tasks = await submitted(pipeline, gate, [b"a", b"b", b"c", poison, b"d"])
    gate.let_through(6)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    await pipeline.close(WAIT_S)

    assert [Accepted, Accepted, Accepted, CommitFailed, Accepted] == [type(outcome) for outcome in outcomes]


async def test_a_group_is_prepared_while_the_one_before_it_is_stored() -> None:
    """The second request is in the first stage although the first one is held in the second stage."""
    gate = Gate()
    pipeline = pipeline_of(gate)
    tasks = await submitted(pipeline, gate, [b"a", b"b"])
    stored = list(gate.groups)
    gate.let_through(2)
    await asyncio.gather(*tasks)
    await pipeline.close(WAIT_S)

    assert [(Signal.TRACES, [b"a"])] == stored


async def test_closing_commits_what_waits_and_takes_nothing_new() -> None:
    """Submitted before the close: accepted. After it: send again."""
    gate = Gate()
    pipeline = pipeline_of(gate)
    tasks = await submitted(pipeline, gate, [b"a", b"b"])
    pipeline.stop()
    with pytest.raises(ShuttingDown):
        await pipeline.submit(Signal.TRACES, b"late")
    gate.let_through(2)

    assert await pipeline.close(WAIT_S)
    assert [Accepted(), Accepted()] == await asyncio.gather(*tasks)


async def test_what_is_not_committed_at_the_deadline_is_told_to_come_again() -> None:
    """The request under way and the one behind it both get an answer."""
    gate = Gate()
    pipeline = pipeline_of(gate)
    tasks = await submitted(pipeline, gate, [b"a", b"b"])

    assert not await pipeline.close(0.05)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    gate.let_through(2)
    assert [ShuttingDown, ShuttingDown] == [type(outcome) for outcome in outcomes]


async def test_a_sender_that_gave_up_does_not_stop_the_others() -> None:
    """A cancelled submission is committed like the rest and answered to nobody."""
    gate = Gate()
    pipeline = pipeline_of(gate)
    tasks = await submitted(pipeline, gate, [b"a", b"b", b"c"])
    tasks[1].cancel()
    gate.let_through(3)

    assert (Accepted(), Accepted()) == (await tasks[0], await tasks[2])
    await pipeline.close(WAIT_S)
