import importlib.metadata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from harness.tracked_spans import tracked_spans
from tokenlake import notices, record_usage, tracking_context


@pytest.fixture(autouse=True)
def fresh_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "_seen", set())


def recorded(**usage: object) -> ReadableSpan:
    """Return the one span that a call of record_usage makes."""
    with tracked_spans() as (_, finished):
        record_usage(**usage)  # type: ignore[arg-type]  # tests give wrong types on purpose
        [span] = finished.get_finished_spans()
        return span


def test_the_common_call_becomes_one_standard_span() -> None:
    """Model, endpoint, tokens and cost arrive under their standard names, on a finished client span."""
    span = recorded(
        model="claude-3-5-sonnet",
        endpoint_name="anthropic",
        input_tokens=1000,
        output_tokens=500,
        estimated_cost=0.0045,
    )

    name = "chat claude-3-5-sonnet"
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "claude-3-5-sonnet",
        "tokenlake.endpoint.name": "anthropic",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 500,
        "tokenlake.estimated_cost": 0.0045,
    }

    assert name == span.name
    assert attributes == span.attributes
    assert SpanKind.CLIENT is span.kind
    assert StatusCode.UNSET is span.status.status_code
    assert span.parent is None


def test_the_scope_is_this_package_in_its_version() -> None:
    """The collector can tell which version of tokenlake reported a call."""
    scope = recorded().instrumentation_scope
    expected = ("tokenlake", importlib.metadata.version("tokenlake"))

    assert scope is not None
    assert expected == (scope.name, scope.version)


def test_every_argument_has_its_attribute() -> None:
    """All the rest arrives under the names of the contract."""
    span = recorded(
        model="gpt-5",
        endpoint_name="openai",
        input_tokens=1000,
        output_tokens=500,
        cache_read_tokens=300,
        cache_creation_tokens=200,
        reasoning_tokens=100,
        context_tokens=1500,
        iteration=4,
        operation_type="summary",
        operation_detail="weekly",
        estimated_cost=1,
        session_id="s-1",
        user_id="alice",
        channel="web",
        response_id="resp-1",
    )

    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.response.id": "resp-1",
        "gen_ai.conversation.id": "s-1",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 500,
        "gen_ai.usage.cache_read.input_tokens": 300,
        "gen_ai.usage.cache_creation.input_tokens": 200,
        "gen_ai.usage.reasoning.output_tokens": 100,
        "user.id": "alice",
        "tokenlake.channel": "web",
        "tokenlake.context_tokens": 1500,
        "tokenlake.endpoint.name": "openai",
        "tokenlake.estimated_cost": 1.0,
        "tokenlake.iteration": 4,
        "tokenlake.operation.detail": "weekly",
        "tokenlake.operation.type": "summary",
    }

    assert expected == span.attributes


def test_a_call_without_arguments_reports_no_tokens() -> None:
    """The defaults are zero tokens of a chat with a model nobody named."""
    span = recorded()

    expected = (
        "chat",
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.usage.input_tokens": 0,
            "gen_ai.usage.output_tokens": 0,
        },
    )

    assert expected == (span.name, span.attributes)


@pytest.mark.parametrize(
    ("operation_type", "operation_name"),
    [
        ("embeddings", "embeddings"),
        ("text_completion", "text_completion"),
        ("generate_content", "generate_content"),
        ("summary", "chat"),
        ("invoke_agent", "chat"),
    ],
)
@pytest.mark.parametrize("by_context", [True, False])
def test_the_operation_name_is_a_model_call_of_the_conventions(
    operation_type: str, operation_name: str, by_context: bool
) -> None:
    """Own operation types, and names of containers, are recorded as chat; the type is kept beside it."""
    if by_context:
        with tracking_context(operation_type=operation_type):
            span = recorded(model="m")
    else:
        span = recorded(model="m", operation_type=operation_type)

    assert span.attributes is not None
    assert f"{operation_name} m" == span.name
    assert operation_name == span.attributes["gen_ai.operation.name"]
    assert operation_type == span.attributes["tokenlake.operation.type"]


def test_what_is_left_out_comes_from_the_context_and_arguments_go_first() -> None:
    """The context gives session, user and endpoint; the argument overrides its channel."""
    with tracking_context(
        session_id="s-1", user_id="alice", channel="web", endpoint_name="openai", iteration=2
    ):
        span = recorded(input_tokens=10, output_tokens=5, channel="telegram")

    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.conversation.id": "s-1",
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 5,
        "user.id": "alice",
        "tokenlake.channel": "telegram",
        "tokenlake.endpoint.name": "openai",
        "tokenlake.iteration": 2,
    }

    assert expected == span.attributes


def test_a_session_of_its_own_stands_alone() -> None:
    """The context's session is not kept beside the one that the caller names for this call."""
    with tracking_context(session_id="s-1"):
        span = recorded(session_id="s-2")

    assert span.attributes is not None

    expected = {"gen_ai.conversation.id": "s-2"}

    assert expected == {key: value for key, value in span.attributes.items() if key.endswith(".id")}


def test_the_span_is_a_child_of_the_current_span() -> None:
    """Recorded inside a span, the call belongs to its trace."""
    with tracked_spans() as (provider, finished):
        with provider.get_tracer("agent").start_as_current_span("agent run") as run:
            record_usage(model="m", input_tokens=1)
        call = finished.get_finished_spans()[0]

        expected = "chat m"

        assert expected == call.name
        assert call.parent is not None
        assert run.get_span_context().span_id == call.parent.span_id
        assert run.get_span_context().trace_id == call.context.trace_id


def test_a_failed_call_has_error_status_and_type() -> None:
    """error_type marks the span as failed; the tokens that it did use are kept."""
    span = recorded(model="m", input_tokens=7, error_type="RateLimitError")

    assert span.attributes is not None
    assert StatusCode.ERROR is span.status.status_code

    expected = ("RateLimitError", 7)

    assert expected == (span.attributes["error.type"], span.attributes["gen_ai.usage.input_tokens"])


def test_start_and_duration_become_the_times_of_the_span() -> None:
    """2025-01-01 01:00 in Berlin is 1,735,689,600 s after 1970, and 1.5 ms later the call has ended."""
    berlin = timezone(timedelta(hours=1))
    span = recorded(start_time=datetime(2025, 1, 1, 1, 0, 0, 1, tzinfo=berlin), duration_ms=1.5)

    expected = (1_735_689_600_000_001_000, 1_735_689_600_001_501_000)

    assert expected == (span.start_time, span.end_time)


def test_a_duration_alone_ends_now() -> None:
    """A call of 2,000 ms that is reported now started two seconds before it ended."""
    span = recorded(duration_ms=2000)

    assert span.start_time is not None
    assert span.end_time is not None

    expected = 2_000_000_000

    assert expected == span.end_time - span.start_time


def test_a_start_alone_lasts_until_now() -> None:
    """2025-01-01 00:00 UTC is 1,735,689,600 s after 1970; the call has ended by the time of the report."""
    before = datetime.now(UTC)
    span = recorded(start_time=datetime(2025, 1, 1, tzinfo=UTC))
    after = datetime.now(UTC)
    start_ns = 1_735_689_600_000_000_000

    assert span.end_time is not None
    assert start_ns == span.start_time
    assert before.timestamp() <= span.end_time / 1e9 <= after.timestamp()
