import asyncio
import gc
import inspect
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenlake import TokenTrackingContext, get_tracking_context, tracking_context

BOTH = ("here", "in another thread")
steps = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(BOTH)), max_size=12)


@tracking_context(channel="stream")
def answers(session: str) -> Generator[TokenTrackingContext, None, None]:
    """Yield what is set in the body, a scope of the session around, and one for each iteration."""
    with tracking_context(session_id=session):
        iteration = 0
        while True:
            with tracking_context(iteration=iteration):
                yield get_tracking_context()
            iteration += 1


@tracking_context(channel="stream")
async def async_answers(session: str) -> AsyncGenerator[TokenTrackingContext, None]:
    """Yield the same, letting other tasks run before each of them."""
    for one in answers(session):
        with tracking_context(iteration=one.iteration, session_id=session):
            await asyncio.sleep(0)
            yield get_tracking_context()


def expected_step(generator: int, iteration: int) -> TokenTrackingContext:
    return TokenTrackingContext(
        user_id=f"user-{generator}", session_id=f"s-{generator}", channel="stream", iteration=iteration
    )


def test_the_body_runs_inside_the_context_and_its_consumer_does_not() -> None:
    """Each step sees the scope on top of the context of the call; after each the consumer's is back."""
    with tracking_context(session_id="s-1"):
        generator = answers("s-1")

        assert TokenTrackingContext(session_id="s-1", channel="stream", iteration=0) == next(generator)
        assert TokenTrackingContext(session_id="s-1") == get_tracking_context()


def test_the_context_of_the_call_lasts_when_the_consumer_leaves_it() -> None:
    """A generator that is made inside a block and consumed after it belongs to the block's user."""
    with tracking_context(user_id="alice"):
        generator = answers("s-1")

    expected = "alice"

    assert expected == next(generator).user_id


@given(steps)
def test_interleaved_generators_never_leak(schedule: list[tuple[int, str]]) -> None:
    """Whatever the order of steps and in whatever thread, each body sees its own, the consumer never any."""
    generators = []
    for index in range(3):
        with tracking_context(user_id=f"user-{index}"):
            generators.append(answers(f"s-{index}"))
    taken = [0, 0, 0]
    with ThreadPoolExecutor(1) as pool, tracking_context(user_id="consumer"):
        for index, place in schedule:
            seen = (
                next(generators[index]) if place == "here" else pool.submit(next, generators[index]).result()
            )

            assert expected_step(index, taken[index]) == seen
            assert TokenTrackingContext(user_id="consumer") == get_tracking_context()
            assert TokenTrackingContext() == pool.submit(get_tracking_context).result()

            taken[index] += 1


@given(steps)
def test_interleaved_async_generators_never_leak(schedule: list[tuple[int, str]]) -> None:
    """The same for async generators whose steps are taken by tasks that run at once."""

    async def consume(
        index: int, generator: AsyncGenerator[TokenTrackingContext, None], own: list[str]
    ) -> None:
        with tracking_context(user_id=f"consumer-{index}"):
            for iteration, place in enumerate(own):
                step = generator.asend(None)
                seen = await (step if place == "here" else asyncio.ensure_future(step))

                assert expected_step(index, iteration) == seen
                assert TokenTrackingContext(user_id=f"consumer-{index}") == get_tracking_context()
            await generator.aclose()

    async def main() -> None:
        generators = []
        for index in range(3):
            with tracking_context(user_id=f"user-{index}"):
                generators.append(async_answers(f"s-{index}"))
        own = [[place for one, place in schedule if one == index] for index in range(3)]
        await asyncio.gather(*(consume(index, generators[index], own[index]) for index in range(3)))

    asyncio.run(main())


@tracking_context(session_id="s-1")
def replies() -> Generator[object, str, str]:
    """Yield what was sent or thrown, with the session, until it is told to end."""
    try:
        received: object = "start"
        while received != "end":
            try:
                received = yield (received, get_tracking_context().session_id)
            except KeyError as error:
                received = str(error)
        return "result"
    finally:
        endings.append(get_tracking_context().session_id)


@tracking_context(session_id="s-1")
async def async_replies() -> AsyncGenerator[object, str]:
    """Do the same, without a result."""
    try:
        received: object = "start"
        while received != "end":
            try:
                received = yield (received, get_tracking_context().session_id)
            except KeyError as error:
                await asyncio.sleep(0)
                received = str(error)
    finally:
        await asyncio.sleep(0)
        endings.append(get_tracking_context().session_id)


endings: list[str | None] = []


@pytest.fixture(autouse=True)
def no_endings() -> None:
    endings.clear()


def test_what_is_sent_thrown_and_returned_passes() -> None:
    """The body gets values and exceptions inside the context, and its result reaches the consumer."""
    generator = replies()

    assert ("start", "s-1") == next(generator)
    assert ("word", "s-1") == generator.send("word")
    assert ("'lost'", "s-1") == generator.throw(KeyError("lost"))
    with pytest.raises(StopIteration, match="result"):
        generator.send("end")
    assert ["s-1"] == endings


def test_what_is_sent_and_thrown_passes_to_an_async_generator() -> None:
    """The body gets values and exceptions inside the context, also where it awaits."""

    async def main() -> None:
        generator = async_replies()

        assert ("start", "s-1") == await anext(generator)
        assert ("word", "s-1") == await generator.asend("word")
        assert ("'lost'", "s-1") == await generator.athrow(KeyError("lost"))
        with pytest.raises(StopAsyncIteration):
            await generator.asend("end")

    asyncio.run(main())

    assert ["s-1"] == endings


def test_an_uncaught_exception_reaches_the_consumer_and_ends_the_generator() -> None:
    """What the body raises comes out of the step, and the consumer's context is its own."""
    generator = replies()
    next(generator)

    with pytest.raises(ZeroDivisionError):
        generator.throw(ZeroDivisionError())

    assert [] == list(generator)
    assert TokenTrackingContext() == get_tracking_context()


def test_closing_ends_the_body_inside_its_context() -> None:
    """`close` and `aclose` run the body's clean-up with its own session."""
    generator = replies()
    next(generator)
    generator.close()

    async def main() -> None:
        stream = async_replies()
        await anext(stream)
        await stream.aclose()

    asyncio.run(main())

    assert ["s-1", "s-1"] == endings


def test_a_generator_that_is_forgotten_cleans_up_inside_its_context() -> None:
    """The garbage collector ends the body as `close` does."""
    next(replies())
    gc.collect()

    assert ["s-1"] == endings


def test_a_cancelled_step_ends_the_body_inside_its_context() -> None:
    """Cancelling the task that waits for a step runs the body's clean-up with its own session."""

    @tracking_context(session_id="s-1")
    async def waiting(entered: asyncio.Event) -> AsyncGenerator[None, None]:
        try:
            entered.set()
            await asyncio.Event().wait()
            yield
        finally:
            endings.append(get_tracking_context().session_id)

    async def main() -> None:
        entered = asyncio.Event()
        task = asyncio.ensure_future(waiting(entered).asend(None))
        await entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())

    assert ["s-1"] == endings


def test_a_decorated_generator_function_is_still_recognised() -> None:
    """A call gives a generator, and what looks behind the decorator finds a generator function."""
    generator = replies()

    assert inspect.isgenerator(generator)
    assert inspect.isgeneratorfunction(inspect.unwrap(replies))
    assert inspect.isasyncgenfunction(inspect.unwrap(async_replies))
    assert isinstance(async_replies(), AsyncGenerator)
