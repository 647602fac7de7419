import asyncio
import threading

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from harness.tracked_spans import tracked_spans
from tokenlake import (
    TokenTrackingContext,
    TokenTrackingProcessor,
    notices,
    set_tracking_context,
    shutdown_token_tracking,
    tracking_context,
)

FULL = TokenTrackingContext(
    session_id="s-1",
    user_id="alice",
    channel="web",
    operation_type="chat",
    operation_detail="answer",
    endpoint_name="anthropic",
    iteration=3,
    attributes={"tenant": "acme"},
)


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError


@pytest.fixture(autouse=True)
def fresh_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "_seen", set())


def test_every_span_in_a_context_is_stamped() -> None:
    """A span that somebody else's tracer starts carries all of the context, under the contract's keys."""
    with tracked_spans() as (provider, finished):
        with tracking_context(FULL), provider.get_tracer("httpx").start_as_current_span("GET"):
            pass

        expected = {
            "gen_ai.conversation.id": "s-1",
            "user.id": "alice",
            "tokenlake.channel": "web",
            "tokenlake.operation.type": "chat",
            "tokenlake.operation.detail": "answer",
            "tokenlake.endpoint.name": "anthropic",
            "tokenlake.iteration": 3,
            "tenant": "acme",
        }

        assert expected == finished.get_finished_spans()[0].attributes


def test_a_span_outside_any_context_is_left_alone() -> None:
    """Without a context a span gets no attribute."""
    with tracked_spans() as (provider, finished):
        provider.get_tracer("httpx").start_span("GET").end()

        expected: dict[str, str] = {}

        assert expected == finished.get_finished_spans()[0].attributes


def test_attributes_given_at_the_start_of_a_span_stay() -> None:
    """The context fills what is missing and overwrites nothing."""
    with tracked_spans() as (provider, finished):
        with tracking_context(session_id="s-1", user_id="alice"):
            provider.get_tracer("x").start_span("call", attributes={"user.id": "bob"}).end()

        expected = {"gen_ai.conversation.id": "s-1", "user.id": "bob"}

        assert expected == finished.get_finished_spans()[0].attributes


@pytest.mark.parametrize("stamping_first", [True, False])
def test_stamping_does_not_depend_on_the_order_of_processors(stamping_first: bool) -> None:
    """The exporter sees the stamped span whether its processor was added before or after ours."""
    provider = TracerProvider(shutdown_on_exit=False)
    finished = InMemorySpanExporter()
    processors = [TokenTrackingProcessor(), SimpleSpanProcessor(finished)]
    for processor in processors if stamping_first else reversed(processors):
        provider.add_span_processor(processor)

    with tracking_context(session_id="s-1"):
        provider.get_tracer("x").start_span("call").end()

    expected = {"gen_ai.conversation.id": "s-1"}

    assert expected == finished.get_finished_spans()[0].attributes


def test_spans_of_threads_and_tasks_carry_their_own_context() -> None:
    """Two tasks and a thread with overlapping spans each stamp their own user."""
    with tracked_spans() as (provider, finished):
        tracer = provider.get_tracer("x")
        in_thread = threading.Barrier(2, timeout=10)

        def thread_work() -> None:
            with tracking_context(user_id="carol"):
                in_thread.wait()
                tracer.start_span("carol").end()

        async def task_work(user: str, both: asyncio.Barrier) -> None:
            with tracking_context(user_id=user):
                await both.wait()
                tracer.start_span(user).end()

        async def tasks() -> None:
            both = asyncio.Barrier(2)
            await asyncio.gather(task_work("alice", both), task_work("bob", both))

        thread = threading.Thread(target=thread_work)
        thread.start()
        with tracking_context(user_id="dave"):
            in_thread.wait()
            asyncio.run(tasks())
            tracer.start_span("dave").end()
        thread.join()

        users = {span.name: (span.attributes or {}).get("user.id") for span in finished.get_finished_spans()}

        expected = {"alice": "alice", "bob": "bob", "carol": "carol", "dave": "dave"}

        assert expected == users


def test_values_of_other_types_become_strings_or_are_left_out() -> None:
    """Numbers become text, the empty string, an unprintable object and a wrong iteration stamp nothing."""
    odd = TokenTrackingContext(
        session_id=42,  # type: ignore[arg-type]  # a caller without a type checker
        user_id="",
        channel=Unprintable(),  # type: ignore[arg-type]  # likewise
        iteration="third",  # type: ignore[arg-type]  # likewise
        attributes={"tenant": 7, "": "x"},  # type: ignore[dict-item]  # likewise
    )
    with tracked_spans() as (provider, finished):
        with tracking_context(odd):
            provider.get_tracer("x").start_span("call").end()

        expected = {"gen_ai.conversation.id": "42", "tenant": "7"}

        assert expected == finished.get_finished_spans()[0].attributes


@pytest.mark.parametrize("key", ["gen_ai.operation.name", "gen_ai.usage.input_tokens"])
def test_a_context_cannot_make_every_span_a_model_call(key: str, caplog: pytest.LogCaptureFixture) -> None:
    """Extra attributes that name an operation or tokens are dropped with one warning."""
    with tracked_spans() as (provider, finished):
        with tracking_context(attributes={key: "5", "gen_ai.agent.name": "planner"}):
            provider.get_tracer("x").start_span("GET").end()
            provider.get_tracer("x").start_span("GET").end()

        expected = {"gen_ai.agent.name": "planner"}

        assert expected == finished.get_finished_spans()[0].attributes
        assert [f"attribute '{key}' is dropped: it cannot be set on every span"] == caplog.messages


def test_another_conversation_of_the_span_stays_beside_the_session() -> None:
    """A framework that makes up an id for its span keeps it; the session of the context is there too."""
    with tracked_spans() as (provider, finished):
        with tracking_context(session_id="s-1"):
            made_up = {"gen_ai.conversation.id": "01a20df1"}
            provider.get_tracer("pydantic-ai").start_span("chat", attributes=made_up).end()

        expected = {"gen_ai.conversation.id": "01a20df1", "tokenlake.session.id": "s-1"}

        assert expected == finished.get_finished_spans()[0].attributes


def test_what_is_no_context_at_all_does_not_hurt_the_agent(caplog: pytest.LogCaptureFixture) -> None:
    """A span that starts under a nonsensical context is finished, unstamped, with a warning."""
    with tracked_spans() as (provider, finished):
        token = set_tracking_context("s-1")  # type: ignore[arg-type]  # a caller without a type checker
        provider.get_tracer("x").start_span("call").end()
        token.var.reset(token)

        unstamped: dict[str, str] = {}
        expected = (unstamped, 1)

        assert expected == (finished.get_finished_spans()[0].attributes, len(caplog.messages))


def test_the_attributes_of_a_context_are_made_once() -> None:
    """Two spans in one context ask a value for its text once."""

    class Counting:
        asked = 0

        def __str__(self) -> str:
            self.asked += 1
            return "s-1"

    session = Counting()
    with tracked_spans() as (provider, finished):
        with tracking_context(session_id=session):  # type: ignore[arg-type]  # a caller without a type checker
            provider.get_tracer("x").start_span("one").end()
            provider.get_tracer("x").start_span("two").end()

        expected = (1, ["s-1", "s-1"])

        assert expected == (
            session.asked,
            [(span.attributes or {})["gen_ai.conversation.id"] for span in finished.get_finished_spans()],
        )


def test_stamping_ends_with_the_shutdown() -> None:
    """After shutdown_token_tracking the application's spans are its own again."""
    with tracked_spans() as (provider, finished):
        shutdown_token_tracking()
        with tracking_context(session_id="s-1"):
            provider.get_tracer("x").start_span("call").end()

        expected: dict[str, str] = {}

        assert expected == finished.get_finished_spans()[0].attributes
