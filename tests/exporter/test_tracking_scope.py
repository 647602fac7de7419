import asyncio
import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenlake import TokenTrackingContext, get_tracking_context, tracking_context

FIELDS = ["session_id", "user_id", "channel", "operation_type", "operation_detail", "endpoint_name"]
contexts = st.builds(
    TokenTrackingContext,
    **{name: st.none() | st.sampled_from(["a", "b"]) for name in FIELDS},
    iteration=st.none() | st.integers(0, 3),
    attributes=st.none() | st.dictionaries(st.sampled_from(["tenant", "team"]), st.sampled_from(["x", "y"])),
)


def test_a_block_has_its_context_and_nothing_remains_afterwards() -> None:
    """Inside the block the context is set, after it the empty one is back."""
    with tracking_context(session_id="s-1", user_id="alice", iteration=2) as effective:
        assert TokenTrackingContext(session_id="s-1", user_id="alice", iteration=2) == get_tracking_context()
        assert effective is get_tracking_context()

    assert TokenTrackingContext() == get_tracking_context()


def test_an_exception_ends_the_context_too() -> None:
    """A block that raises gives its context back, and the exception reaches the caller."""
    with pytest.raises(ZeroDivisionError), tracking_context(session_id="s-1"):
        raise ZeroDivisionError

    assert TokenTrackingContext() == get_tracking_context()


def test_a_nested_block_overrides_only_what_it_sets() -> None:
    """The inner block keeps the session of the outer one and has its own channel; attributes are merged."""
    with (
        tracking_context(session_id="s-1", channel="web", attributes={"tenant": "acme", "team": "a"}),
        tracking_context(channel="telegram", iteration=0, attributes={"team": "b"}) as inner,
    ):
        assert (
            TokenTrackingContext(
                session_id="s-1", channel="telegram", iteration=0, attributes={"tenant": "acme", "team": "b"}
            )
            == inner
        )


def test_a_ready_context_can_be_given_and_refined() -> None:
    """A named field overrides the same field of the ready context."""
    ready = TokenTrackingContext(session_id="s-1", channel="web")

    with tracking_context(ready, channel="slack") as effective:
        assert TokenTrackingContext(session_id="s-1", channel="slack") == effective


@given(contexts, contexts)
def test_every_field_comes_from_the_innermost_block_that_sets_it(
    outer: TokenTrackingContext, inner: TokenTrackingContext
) -> None:
    """For any two nested contexts a field is the inner one's where set, else the outer one's."""
    with tracking_context(outer), tracking_context(inner) as effective:
        for name in [*FIELDS, "iteration"]:
            own = getattr(inner, name)
            expected = getattr(outer, name) if own is None else own

            assert expected == getattr(effective, name)

        for key in ("tenant", "team"):
            expected = (inner.attributes or {}).get(key, (outer.attributes or {}).get(key))

            assert expected == (effective.attributes or {}).get(key)


def test_one_scope_can_be_entered_inside_itself() -> None:
    """Entering a scope object twice and leaving it twice restores the empty context."""
    scope = tracking_context(session_id="s-1")
    with scope, scope:
        pass

    assert TokenTrackingContext() == get_tracking_context()


def test_a_decorated_function_runs_inside_the_context() -> None:
    """The function keeps name, arguments and result, and runs in the context; its caller does not."""

    @tracking_context(operation_type="title")
    def title(text: str, *, upper: bool = False) -> tuple[str, str | None]:
        return text.upper() if upper else text, get_tracking_context().operation_type

    expected = (("HELLO", "title"), "title")

    assert expected == (title("hello", upper=True), title.__name__)
    assert TokenTrackingContext() == get_tracking_context()


def test_a_decorated_coroutine_runs_inside_the_context() -> None:
    """The context lasts across awaits, until the coroutine is done, also when many run at once."""

    async def main() -> tuple[list[tuple[str, str | None]], TokenTrackingContext]:
        all_started = asyncio.Barrier(3)

        @tracking_context(operation_type="chat")
        async def answer(question: str) -> tuple[str, str | None]:
            await all_started.wait()
            return question, get_tracking_context().operation_type

        assert inspect.iscoroutinefunction(answer)

        answers = await asyncio.gather(answer("a"), answer("b"), answer("c"))
        return list(answers), get_tracking_context()

    answers, after = asyncio.run(main())

    expected = [("a", "chat"), ("b", "chat"), ("c", "chat")]

    assert expected == answers
    assert TokenTrackingContext() == after


def test_a_decorated_function_builds_on_the_context_of_its_caller() -> None:
    """The context around the call, not around the definition, is what the decorator refines."""

    @tracking_context(operation_type="title")
    def current() -> TokenTrackingContext:
        return get_tracking_context()

    with tracking_context(session_id="s-1"):
        assert TokenTrackingContext(session_id="s-1", operation_type="title") == current()
