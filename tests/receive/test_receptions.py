"""The budget of all requests that are arriving."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from tokenlake_collector.errors import Overloaded, ShuttingDown, Stalled
from tokenlake_collector.limits import Limits
from tokenlake_collector.receive import receptions as module
from tokenlake_collector.receive.receptions import Receptions, Turns

pytestmark = pytest.mark.anyio


async def receive(
    receptions: Receptions, size: int, begun: asyncio.Event, *, unknown_size: bool = False
) -> None:
    """Receive some bytes and then wait for more that never come."""
    async with receptions.begin(unknown_size=unknown_size) as reception:
        reception.add(size)
        begun.set()
        await asyncio.Event().wait()


async def start(receptions: Receptions, size: int, *, unknown_size: bool = False) -> asyncio.Task[None]:
    begun = asyncio.Event()
    task = asyncio.create_task(receive(receptions, size, begun, unknown_size=unknown_size))
    await begun.wait()
    return task


async def test_the_largest_makes_room_for_a_small_one() -> None:
    """60 and 30 bytes of 100 are there; with 11 more the 60 have to go, and their room is free again."""
    receptions = Receptions(Limits(max_receiving_bytes=100))
    largest, other = await start(receptions, 60), await start(receptions, 30)
    small, next_one = await start(receptions, 11), await start(receptions, 59)

    with pytest.raises(Overloaded, match="101 bytes"):
        await largest
    assert [False, False, False] == [task.done() for task in (other, small, next_one)]
    for task in (other, small, next_one):
        task.cancel()


async def test_one_that_is_too_large_by_itself_has_to_go() -> None:
    """At once, in the call that counts it."""
    receptions = Receptions(Limits(max_receiving_bytes=100))
    small = await start(receptions, 50)
    with pytest.raises(Overloaded):
        async with receptions.begin() as reception:
            reception.add(51)

    assert not small.done()
    small.cancel()


async def test_what_is_received_leaves_its_room() -> None:
    """A thousand requests of 60 bytes, one after the other, fit into 100."""
    receptions = Receptions(Limits(max_receiving_bytes=100))
    for _ in range(1000):
        async with receptions.begin() as reception:
            reception.add(60)


async def test_one_that_stalls_is_ended() -> None:
    """After the time that each has, whatever it holds."""
    with pytest.raises(Stalled, match=r"within 0\.05 s"):
        await (await start(Receptions(Limits(receive_s=0.05)), 1))


async def test_a_message_of_unknown_size_counts_in_full_when_it_is_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of three slow ones that may have 40 bytes each, the first has to go for the third in 100."""
    monkeypatch.setattr(module, "PATIENCE_S", 0.01)
    receptions = Receptions(Limits(max_body_bytes=40, max_receiving_bytes=100))
    tasks = [await start(receptions, 0, unknown_size=True) for _ in range(3)]
    done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)

    assert ({tasks[0]}, 2) == (done, len(waiting))
    with pytest.raises(Overloaded):
        await tasks[0]
    for task in waiting:
        task.cancel()


async def test_all_can_be_told_to_come_again() -> None:
    """As a shutdown does; a cancelled one stays cancelled."""
    receptions = Receptions(Limits())
    tasks = [await start(receptions, 1) for _ in range(3)]
    tasks[0].cancel()
    receptions.refuse_all(ShuttingDown("stopping"))
    ends = await asyncio.gather(*tasks, return_exceptions=True)

    assert [asyncio.CancelledError, ShuttingDown, ShuttingDown] == [type(end) for end in ends]


async def test_a_few_messages_are_read_at_once() -> None:
    """Four have their turn, the fifth has it when one of them is done."""
    turns = Turns()
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(4):
            await stack.enter_async_context(turns.taken())
        fifth = asyncio.create_task(turns.taken().__aenter__())
        await asyncio.sleep(0)
        waits = not fifth.done()
    await asyncio.wait_for(fifth, 10)

    assert waits


async def test_nobody_waits_longer_than_a_turn_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand senders that never finish: the next one reads after a turn's time, not after a thousand."""
    monkeypatch.setattr(module, "_TURN_S", 0.05)
    turns = Turns()
    async with contextlib.AsyncExitStack() as slow, asyncio.timeout(10):
        waiting = [asyncio.create_task(slow.enter_async_context(turns.taken())) for _ in range(1000)]
        async with turns.taken():
            pass
        await asyncio.gather(*waiting)


async def test_a_slow_message_gives_its_turn_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four that never arrive keep nobody waiting longer than a turn, and give back no more than they took."""
    monkeypatch.setattr(module, "_TURN_S", 0.01)
    turns = Turns()
    async with contextlib.AsyncExitStack() as slow:
        for _ in range(4):
            await slow.enter_async_context(turns.taken())
        async with asyncio.timeout(10), turns.taken():
            pass
    async with contextlib.AsyncExitStack() as stack:
        monkeypatch.setattr(module, "_TURN_S", 60)
        for _ in range(4):
            await stack.enter_async_context(turns.taken())
        fifth = asyncio.create_task(turns.taken().__aenter__())
        await asyncio.sleep(0)

        assert not fifth.done()
        fifth.cancel()
