import asyncio
import threading

import pytest

from tokenlake import (
    TokenTrackingContext,
    get_tracking_context,
    reset_tracking_context,
    set_tracking_context,
)

ALICE = TokenTrackingContext(session_id="s-1", user_id="alice", channel="web")


def test_default_context_is_empty() -> None:
    """Where no context was set, every field is None."""
    context = get_tracking_context()

    assert TokenTrackingContext() == context
    assert context.session_id is None


def test_set_replaces_the_whole_context_and_reset_brings_the_former_back() -> None:
    """Setting a second context leaves nothing of the first, and resetting restores it."""
    first = set_tracking_context(ALICE)
    second = set_tracking_context(TokenTrackingContext(channel="telegram"))

    assert TokenTrackingContext(channel="telegram") == get_tracking_context()

    reset_tracking_context(second)

    expected = ALICE

    assert expected == get_tracking_context()

    reset_tracking_context(first)

    assert TokenTrackingContext() == get_tracking_context()


def test_a_context_cannot_be_changed() -> None:
    """Assigning to a field raises."""
    with pytest.raises(AttributeError):
        ALICE.session_id = "other"  # type: ignore[misc]  # the refused assignment is the test


def test_a_context_does_not_follow_the_dict_it_was_made_of() -> None:
    """Changing the dict afterwards changes no attribute."""
    extra = {"tenant": "acme"}
    context = TokenTrackingContext(attributes=extra)
    extra["tenant"] = "other"

    expected = {"tenant": "acme"}

    assert expected == context.attributes


def test_a_context_with_attributes_is_hashable() -> None:
    """Contexts with attributes can be put into a set."""
    expected = 1

    assert expected == len(
        {TokenTrackingContext(attributes={"team": "a"}), TokenTrackingContext(attributes={"team": "a"})}
    )


def test_threads_do_not_see_each_others_context() -> None:
    """While two threads hold different contexts, each reads its own, and the main thread none."""
    both_set = threading.Barrier(3, timeout=10)
    all_read = threading.Barrier(3, timeout=10)
    seen: dict[str, str | None] = {}

    def work(user: str) -> None:
        set_tracking_context(TokenTrackingContext(user_id=user))
        both_set.wait()
        seen[user] = get_tracking_context().user_id
        all_read.wait()

    threads = [threading.Thread(target=work, args=(user,)) for user in ("alice", "bob")]
    for thread in threads:
        thread.start()
    both_set.wait()
    in_main = get_tracking_context()
    all_read.wait()
    for thread in threads:
        thread.join()

    expected = {"alice": "alice", "bob": "bob"}

    assert expected == seen
    assert TokenTrackingContext() == in_main


def test_tasks_do_not_see_each_others_context() -> None:
    """While two asyncio tasks hold different contexts, each reads its own, and the caller none."""

    async def work(user: str, both_set: asyncio.Barrier) -> str | None:
        set_tracking_context(TokenTrackingContext(user_id=user))
        await both_set.wait()
        return get_tracking_context().user_id

    async def main() -> tuple[list[str | None], TokenTrackingContext]:
        both_set = asyncio.Barrier(2)
        users = await asyncio.gather(work("alice", both_set), work("bob", both_set))
        return list(users), get_tracking_context()

    users, after = asyncio.run(main())

    expected = ["alice", "bob"]

    assert expected == users
    assert TokenTrackingContext() == after


def test_a_task_inherits_the_context_it_was_started_in() -> None:
    """A task started inside a context reads that context."""

    async def read() -> str | None:
        return get_tracking_context().user_id

    async def main() -> str | None:
        set_tracking_context(ALICE)
        return await asyncio.create_task(read())

    expected = "alice"

    assert expected == asyncio.run(main())


def test_a_token_of_another_thread_is_refused_without_raising(caplog: pytest.LogCaptureFixture) -> None:
    """Resetting with a foreign token keeps the context and logs a warning."""
    tokens = []
    thread = threading.Thread(target=lambda: tokens.append(set_tracking_context(ALICE)))
    thread.start()
    thread.join()
    own = set_tracking_context(TokenTrackingContext(user_id="bob"))

    reset_tracking_context(tokens[0])

    expected = ("bob", ["tokenlake"])

    assert expected == (get_tracking_context().user_id, [record.name for record in caplog.records])

    reset_tracking_context(own)


def test_a_token_used_twice_is_refused_without_raising(caplog: pytest.LogCaptureFixture) -> None:
    """The second reset with one token changes nothing and logs a warning."""
    token = set_tracking_context(ALICE)
    reset_tracking_context(token)
    reset_tracking_context(token)

    assert TokenTrackingContext() == get_tracking_context()

    expected = 1

    assert expected == len(caplog.records)
