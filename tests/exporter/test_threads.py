import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from harness.tracked_spans import tracked_spans
from tokenlake import (
    TokenTrackingContext,
    TrackingThreadPoolExecutor,
    carry_context,
    get_tracking_context,
    record_usage,
    set_tracking_context,
    tracking_context,
)


def current_user() -> str | None:
    return get_tracking_context().user_id


def test_a_plain_thread_starts_with_an_empty_context() -> None:
    """Without help nothing is carried, which is Python's rule."""
    seen = []
    with tracking_context(user_id="alice"):
        thread = threading.Thread(target=lambda: seen.append(current_user()))
        thread.start()
    thread.join()

    assert [None] == seen


def test_a_carried_function_runs_in_a_thread_as_if_it_were_called_here() -> None:
    """The thread's calls belong to the user of the block that carried the function."""
    with tracked_spans() as (_, finished):
        with tracking_context(user_id="alice"):
            thread = threading.Thread(target=carry_context(record_usage), kwargs={"model": "m"})
        thread.start()
        thread.join()
        [span] = finished.get_finished_spans()

    expected = "alice"

    assert span.attributes is not None
    assert expected == span.attributes["user.id"]


def test_a_span_in_a_thread_is_a_child_of_the_span_around() -> None:
    """OTel's own context comes along."""
    with tracked_spans() as (provider, finished):
        with provider.get_tracer("test").start_as_current_span("agent") as agent:
            thread = threading.Thread(target=carry_context(record_usage), kwargs={"model": "m"})
            thread.start()
            thread.join()
        call = finished.get_finished_spans()[0]

    assert call.parent is not None
    assert agent.get_span_context().span_id == call.parent.span_id


def test_a_carried_callback_keeps_its_context_whoever_calls_it() -> None:
    """It runs with the user of the block, under another block, and gives that one back."""
    with tracking_context(user_id="alice"):
        callback = carry_context(current_user)
    with tracking_context(user_id="bob"):
        assert ("alice", "bob") == (callback(), current_user())


def test_what_a_carried_function_sets_ends_with_the_call() -> None:
    """A second call starts again with the context of the block."""

    def replace() -> str | None:
        before = current_user()
        set_tracking_context(TokenTrackingContext(user_id="bob"))
        return before

    with tracking_context(user_id="alice"):
        carried = carry_context(replace)

    assert ["alice", "alice", None] == [carried(), carried(), current_user()]


def test_a_carried_function_may_run_in_two_threads_at_once() -> None:
    """Two calls that wait for each other both see the context."""
    both_in = threading.Barrier(2, timeout=10)

    def work(_: int) -> str | None:
        both_in.wait()
        return current_user()

    with tracking_context(user_id="alice"):
        carried = carry_context(work)
    with ThreadPoolExecutor(2) as pool:
        assert ["alice", "alice"] == list(pool.map(carried, range(2)))


def test_a_carried_function_keeps_name_arguments_result_and_error() -> None:
    """It can be called as the function itself."""

    def divide(dividend: int, *, divisor: int) -> float:
        return dividend / divisor

    carried = carry_context(divide)

    assert ("divide", 2.5) == (carried.__name__, carried(5, divisor=2))


@given(st.lists(st.sampled_from(["alice", "bob", "carol"]), max_size=12))
def test_work_in_a_pool_belongs_to_who_submitted_it(users: list[str]) -> None:
    """Whatever the order, each piece of work sees the context of its own submission."""
    with TrackingThreadPoolExecutor(2) as pool:
        results = []
        for user in users:
            with tracking_context(user_id=user):
                results.append(pool.submit(current_user))

        assert users == [result.result() for result in results]
        assert current_user() is None


def test_mapped_work_belongs_to_who_mapped_it() -> None:
    """`map` carries the context as `submit` does, also when its results are read later."""
    with TrackingThreadPoolExecutor(2) as pool:
        with tracking_context(user_id="alice"):
            results = pool.map(lambda number: (number, current_user()), range(3))

        assert [(0, "alice"), (1, "alice"), (2, "alice")] == list(results)


def test_a_pool_keeps_nothing_of_the_work_before() -> None:
    """Work that sets a context leaves the pool's thread as it was."""
    with TrackingThreadPoolExecutor(1) as pool:
        pool.submit(set_tracking_context, TokenTrackingContext(user_id="alice")).result()

        assert pool.submit(current_user).result() is None


def test_a_pool_of_an_event_loop_carries_the_context_of_the_task() -> None:
    """`run_in_executor` does not carry contexts by itself; with this pool it does."""

    async def main() -> str | None:
        with TrackingThreadPoolExecutor(1) as pool, tracking_context(user_id="alice"):
            return await asyncio.get_running_loop().run_in_executor(pool, current_user)

    expected = "alice"

    assert expected == asyncio.run(main())


def test_asyncio_carries_the_context_into_threads_and_callbacks() -> None:
    """`to_thread`, `call_soon`, done callbacks and `run_coroutine_threadsafe` need no help."""

    async def coroutine() -> str | None:
        return current_user()

    async def main() -> list[str | None]:
        loop = asyncio.get_running_loop()
        seen: list[str | None] = []
        future = loop.create_future()
        with tracking_context(user_id="alice"):
            loop.call_soon(lambda: seen.append(current_user()))
            future.add_done_callback(lambda _: seen.append(current_user()))
            from_thread = await asyncio.to_thread(asyncio.run_coroutine_threadsafe, coroutine(), loop)
            seen.append(await asyncio.wrap_future(from_thread))
        future.set_result(None)
        await future
        await asyncio.sleep(0)
        return seen

    assert ["alice"] * 3 == asyncio.run(main())
