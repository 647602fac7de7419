"""Contexts of many tasks and threads at once, in whatever order they enter and leave their blocks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tokenlake import TokenTrackingContext, get_tracking_context, tracking_context

WORKERS = 4
FIELDS = ["session_id", "user_id", "channel", "endpoint_name"]
fields = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(["a", "b", "c"]))
moves = st.lists(st.tuples(st.integers(0, WORKERS - 1), fields | st.just("leave")), max_size=30)

Run = Callable[[Callable[[], Any]], Awaitable[Any]]


@asynccontextmanager
async def a_task() -> AsyncIterator[Run]:
    """Give what runs functions one after the other in one asyncio task."""
    asked: asyncio.Queue[Callable[[], Any]] = asyncio.Queue()
    told: asyncio.Queue[Any] = asyncio.Queue()

    async def work() -> None:
        while True:
            await told.put((await asked.get())())

    async def run(function: Callable[[], Any]) -> Any:
        await asked.put(function)
        return await told.get()

    task = asyncio.create_task(work())
    yield run
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def a_thread() -> AsyncIterator[Run]:
    """Give what runs functions one after the other in one thread."""
    with ThreadPoolExecutor(1) as pool:
        yield lambda function: asyncio.wrap_future(pool.submit(function))


class Worker:
    """Blocks that one task or thread has entered, and what it should see, merged by hand."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._blocks: list[ExitStack] = []
        self._set: list[dict[str, str]] = []

    async def move(self, move: dict[str, str] | str) -> None:
        if isinstance(move, dict):
            block = ExitStack()
            await self._run(lambda: block.enter_context(tracking_context(**move)))  # type: ignore[arg-type]
            self._blocks.append(block)
            self._set.append(move)
        elif self._blocks:
            await self._run(self._blocks.pop().close)
            self._set.pop()

    async def seen(self) -> dict[str, str]:
        context: TokenTrackingContext = await self._run(get_tracking_context)
        return {key: value for key in FIELDS if (value := getattr(context, key)) is not None}

    @property
    def expected(self) -> dict[str, str]:
        merged: dict[str, str] = {}
        for one in self._set:
            merged |= one
        return merged


@given(moves)
def test_nested_blocks_of_tasks_and_threads_never_mix(
    schedule: list[tuple[int, dict[str, str] | str]],
) -> None:
    """After every move each of two tasks and two threads sees the blocks that it is in, and no other."""

    async def main() -> None:
        async with a_task() as one, a_task() as two, a_thread() as three, a_thread() as four:
            workers = [Worker(run) for run in (one, two, three, four)]
            for index, move in schedule:
                await workers[index].move(move)
                for worker in workers:
                    assert worker.expected == await worker.seen()

    asyncio.run(main())

    assert TokenTrackingContext() == get_tracking_context()


@given(st.lists(fields, max_size=5), st.lists(fields, max_size=5))
def test_a_task_inherits_the_blocks_around_its_start_and_gives_nothing_back(
    around: list[dict[str, str]], own: list[dict[str, str]]
) -> None:
    """What a task enters comes on top of what its starter was in; the starter never sees it."""

    def entered(blocks: list[dict[str, str]]) -> dict[str, str]:
        merged: dict[str, str] = {}
        for block in blocks:
            tracking_context(**block).__enter__()  # type: ignore[arg-type]
            merged |= block
        return merged

    async def work(inherited: dict[str, str]) -> None:
        expected = TokenTrackingContext(**(inherited | entered(own)))  # type: ignore[arg-type]

        assert expected == get_tracking_context()

    async def main() -> None:
        inherited = entered(around)
        await asyncio.gather(*(asyncio.create_task(work(inherited)) for _ in range(2)))
        expected = TokenTrackingContext(**inherited)  # type: ignore[arg-type]

        assert expected == get_tracking_context()

    asyncio.run(main())
