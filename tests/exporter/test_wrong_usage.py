import logging
from datetime import UTC, datetime

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from harness.tracked_spans import tracked_spans
from tokenlake import notices, record_usage, shutdown_token_tracking


@pytest.fixture(autouse=True)
def fresh_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "_seen", set())


def recorded(**usage: object) -> ReadableSpan:
    """Return the one span that a call of record_usage makes."""
    with tracked_spans() as (_, finished):
        record_usage(**usage)  # type: ignore[arg-type]  # tests give wrong types on purpose
        [span] = finished.get_finished_spans()
        return span


@pytest.mark.parametrize(
    ("key", "value", "shown", "attribute"),
    [
        ("input_tokens", -1, "-1", "gen_ai.usage.input_tokens"),
        ("input_tokens", float("nan"), "nan", "gen_ai.usage.input_tokens"),
        ("output_tokens", True, "True", "gen_ai.usage.output_tokens"),
        ("output_tokens", 1.5, "1.5", "gen_ai.usage.output_tokens"),
        ("cache_read_tokens", "12", "'12'", "gen_ai.usage.cache_read.input_tokens"),
        ("reasoning_tokens", 2**63, "9223372036854775808", "gen_ai.usage.reasoning.output_tokens"),
        ("iteration", 2**31, "2147483648", "tokenlake.iteration"),
        ("estimated_cost", float("inf"), "inf", "tokenlake.estimated_cost"),
        ("estimated_cost", -0.5, "-0.5", "tokenlake.estimated_cost"),
    ],
)
def test_a_value_that_cannot_be_right_is_dropped_with_one_warning(
    key: str, value: object, shown: str, attribute: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The warning names key and value, the attribute is absent, and the rest is recorded."""
    span = recorded(**{"model": "m", key: value})

    assert span.attributes is not None
    assert attribute not in span.attributes

    expected = ("m", [("tokenlake", logging.WARNING)])

    assert expected == (
        span.attributes["gen_ai.request.model"],
        [(record.name, record.levelno) for record in caplog.records],
    )
    assert caplog.messages[0].startswith(f"{key}={shown} is dropped")


@pytest.mark.parametrize(
    "start_time",
    [
        datetime(2025, 1, 1),  # without a zone on purpose
        datetime(1969, 12, 31, tzinfo=UTC),
        datetime(9999, 1, 1, tzinfo=UTC),
        "2025-01-01T00:00:00Z",
        1735689600,
    ],
)
def test_a_start_time_that_cannot_be_right_is_dropped_with_one_warning(
    start_time: object, caplog: pytest.LogCaptureFixture
) -> None:
    """The call is recorded as of now."""
    before = datetime.now(UTC)
    span = recorded(start_time=start_time)

    assert span.start_time is not None
    assert before.timestamp() * 1e9 <= span.start_time + 1e6

    expected = 1

    assert expected == len(caplog.messages)
    assert caplog.messages[0].startswith("start_time=")


def test_a_loop_of_bad_values_warns_once(caplog: pytest.LogCaptureFixture) -> None:
    """The second bad value of the same argument is dropped in silence."""
    with tracked_spans() as (_, finished):
        record_usage(input_tokens=-1)
        record_usage(input_tokens=-2)

        expected = (2, 1)

        assert expected == (len(finished.get_finished_spans()), len(caplog.messages))


def test_without_initialisation_nothing_happens_but_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    """Before init and after shutdown record_usage returns None and logs once what to call."""
    shutdown_token_tracking()
    record_usage(model="m", input_tokens=1)
    record_usage(model="m", input_tokens=1)

    expected = ["record_usage does nothing: call tokenlake.init_token_tracking() first"]

    assert expected == caplog.messages


def test_a_broken_processor_of_somebody_else_does_not_reach_the_agent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An exception from another span processor is logged, not raised."""

    class Broken(SpanProcessor):
        def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002  # the SDK's signature
            raise RuntimeError("broken")

    with tracked_spans() as (provider, _):
        provider.add_span_processor(Broken())
        record_usage(model="m", input_tokens=1)

        expected = ["a model call was not recorded: RuntimeError('broken')"]

        assert expected == caplog.messages
