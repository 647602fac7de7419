from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import requests
from grpc._channel import _UnaryUnaryMultiCallable as UnaryCall
from opentelemetry.instrumentation.utils import is_instrumentation_enabled
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from harness.otlp_sink import Sink, grpc_sink, http_sink
from harness.tracked_spans import tracked_spans
from tokenlake import init_token_tracking, record_usage, shutdown_token_tracking
from tokenlake.attribution.processor import TokenTrackingProcessor
from tokenlake.errors import TargetError
from tokenlake.lifetime.sampling import UsageOfUnsampled


@pytest.fixture
def provider() -> Iterator[TracerProvider]:
    provider = TracerProvider(shutdown_on_exit=False)
    yield provider
    shutdown_token_tracking()
    provider.shutdown()


def names(finished: InMemorySpanExporter) -> list[str]:
    return [span.name for span in finished.get_finished_spans()]


def span(provider: TracerProvider, name: str) -> None:
    provider.get_tracer("application").start_span(name).end()


def test_a_target_adds_an_exporter_beside_the_applications_own(provider: TracerProvider) -> None:
    """The application's span and the recorded call reach both exporters, once each."""
    finished = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(finished))
    with http_sink() as sink:
        init_token_tracking(f"http://{sink.address}", tracer_provider=provider)
        span(provider, "GET")
        record_usage(model="m", input_tokens=1)
        shutdown_token_tracking()

        expected = (["GET", "chat m"], ["GET", "chat m"])

        assert expected == (names(finished), sink.names)


def test_without_a_target_the_applications_own_exporters_carry_the_spans(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In an application with a provider nothing goes to the endpoint of the environment."""
    with http_sink() as sink:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{sink.address}")
        with tracked_spans() as (_, finished):
            record_usage(model="m", input_tokens=1)

            expected = ["chat m"]

            assert expected == names(finished)

        nothing: list[str] = []

        assert nothing == sink.names


def test_the_same_init_twice_exports_every_span_once(provider: TracerProvider) -> None:
    """A second call with equal arguments adds nothing, even when the address is written differently."""
    with http_sink() as sink:
        init_token_tracking(f"http://{sink.address}", headers={"a": "b"}, tracer_provider=provider)
        init_token_tracking(f"http://{sink.address}/v1/traces", headers={"a": "b"}, tracer_provider=provider)
        span(provider, "GET")
        shutdown_token_tracking()

        expected = ["GET"]

        assert expected == sink.names


def test_the_same_init_twice_leaves_the_first_exporter_running(
    provider: TracerProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second call with equal arguments closes nothing: what waits for its batch goes on waiting."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "600000")
    with http_sink() as sink:
        init_token_tracking(f"http://{sink.address}", tracer_provider=provider)
        span(provider, "GET")
        init_token_tracking(f"http://{sink.address}", tracer_provider=provider)

        nothing: list[str] = []

        assert nothing == sink.names

        shutdown_token_tracking()


def test_another_target_switches_over_and_loses_no_span(provider: TracerProvider) -> None:
    """What ended before the switch reaches the first collector, what ends after it the second."""
    with http_sink() as first, http_sink() as second:
        init_token_tracking(f"http://{first.address}", tracer_provider=provider)
        span(provider, "before")
        init_token_tracking(f"http://{second.address}", tracer_provider=provider)

        before, after = ["before"], ["after"]

        assert before == first.names

        span(provider, "after")
        shutdown_token_tracking()

        assert before == first.names
        assert after == second.names


def test_another_provider_switches_over(provider: TracerProvider) -> None:
    """The first provider is left alone once tracking has moved to a second one."""
    second_provider = TracerProvider(shutdown_on_exit=False)
    with http_sink() as sink:
        init_token_tracking(f"http://{sink.address}", tracer_provider=provider)
        init_token_tracking(f"http://{sink.address}", tracer_provider=second_provider)
        span(provider, "first")
        span(second_provider, "second")
        provider.force_flush()
        shutdown_token_tracking()

        expected = ["second"]

        assert expected == sink.names


def test_a_refused_target_leaves_the_running_one(provider: TracerProvider) -> None:
    """After an init that raised, spans still go where they went."""
    with http_sink() as sink:
        init_token_tracking(f"http://{sink.address}", tracer_provider=provider)
        with pytest.raises(TargetError):
            init_token_tracking("localhost:4318", tracer_provider=provider)
        span(provider, "GET")
        shutdown_token_tracking()

        expected = ["GET"]

        assert expected == sink.names


def test_init_works_again_after_shutdown(provider: TracerProvider) -> None:
    """Spans between shutdown and the next init stay here; those after it go out, once each."""
    with http_sink() as sink:
        for name in ("first", "second"):
            init_token_tracking(f"http://{sink.address}", tracer_provider=provider)
            span(provider, name)
            shutdown_token_tracking()
            span(provider, "between")

        expected = ["first", "second"]

        assert expected == sink.names


def test_a_provider_gets_one_processor_however_often_tracking_starts(provider: TracerProvider) -> None:
    """After three starts the provider calls one processor of ours for each span."""
    for address in ("http://127.0.0.1:1", "http://127.0.0.1:2", None):
        init_token_tracking(address, tracer_provider=provider)
    shutdown_token_tracking()

    expected = 1

    assert expected == len(provider._active_span_processor._span_processors)


def test_settings_that_an_existing_provider_cannot_take_are_logged(
    provider: TracerProvider, caplog: pytest.LogCaptureFixture
) -> None:
    """A service name and headers have no effect on an application's own provider, and it is said."""
    init_token_tracking(service_name="agent", headers={"a": "b"}, tracer_provider=provider)

    expected = [
        "service_name='agent' is not used: the tracer provider has its name already; set OTEL_SERVICE_NAME",
        "headers are not used: the application's own exporters carry the spans",
    ]

    assert expected == caplog.messages


def test_a_fault_of_ours_does_not_reach_the_agent(
    provider: TracerProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spans start and end although our processor and our delivery raise."""

    def fail(*_: object) -> None:
        raise RuntimeError("broken")

    init_token_tracking("http://127.0.0.1:1", tracer_provider=provider)
    monkeypatch.setattr(TokenTrackingProcessor, "on_start", fail)
    monkeypatch.setattr(UsageOfUnsampled, "on_end", fail)
    span(provider, "GET")
    record_usage(model="m", input_tokens=1)


@pytest.mark.parametrize("sink", [http_sink, grpc_sink])
def test_sending_spans_makes_no_spans(
    provider: TracerProvider,
    monkeypatch: pytest.MonkeyPatch,
    sink: Callable[[], AbstractContextManager[Sink]],
) -> None:
    """Where every HTTP request and gRPC call is instrumented, those of our exporter are left out."""
    tracer = provider.get_tracer("instrumentation")

    def instrumented(send: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if is_instrumentation_enabled():
                tracer.start_span("POST").end()
            return send(*args, **kwargs)

        return call

    monkeypatch.setattr(requests.Session, "send", instrumented(requests.Session.send))
    monkeypatch.setattr(UnaryCall, "__call__", instrumented(UnaryCall.__call__))
    with sink() as receiver:
        scheme = "http" if sink is http_sink else "grpc"
        init_token_tracking(f"{scheme}://{receiver.address}", tracer_provider=provider)
        record_usage(model="m", input_tokens=1)
        provider.force_flush()
        record_usage(model="m", input_tokens=1)
        shutdown_token_tracking()

        expected = ["chat m", "chat m"]

        assert expected == receiver.names
