import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from harness.otlp_sink import http_sink
from harness.tracked_spans import tracked_spans
from tokenlake import init_token_tracking, shutdown_token_tracking
from tokenlake.lifetime.closing import shut_down_within, wait_for_shutdowns


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


def test_shutdown_is_safe_before_init_and_twice() -> None:
    """Without anything to shut down the call returns."""
    shutdown_token_tracking()
    shutdown_token_tracking()


def test_shutdown_leaves_the_applications_exporters_running() -> None:
    """The application's provider goes on exporting after we are gone."""
    with tracked_spans() as (provider, finished):
        shutdown_token_tracking()
        span(provider, "later")

        expected = ["later"]

        assert expected == names(finished)


def test_an_application_that_shuts_its_provider_down_flushes_ours(provider: TracerProvider) -> None:
    """provider.shutdown() sends what our exporter still holds."""
    with http_sink() as sink:
        init_token_tracking(f"http://{sink.address}", tracer_provider=provider)
        span(provider, "GET")
        provider.shutdown()

        expected = ["GET"]

        assert expected == sink.names


def test_an_application_that_flushes_its_provider_flushes_ours(provider: TracerProvider) -> None:
    """provider.force_flush() sends what our exporter holds and says so."""
    with http_sink() as sink:
        init_token_tracking(f"http://{sink.address}", tracer_provider=provider)
        span(provider, "GET")

        assert provider.force_flush()

        expected = ["GET"]

        assert expected == sink.names


def test_a_silent_collector_costs_the_timeout_and_no_span(
    provider: TracerProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When shutdown returns, what a collector has accepted and not answered is in the spool."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        init_token_tracking(f"http://127.0.0.1:{port}", tracer_provider=provider)
        span(provider, "GET")
        began = time.monotonic()
        shutdown_token_tracking(timeout_s=0.5)

        assert time.monotonic() - began < 5

        expected = 1

        assert expected == len(list(Path(os.environ["TOKENLAKE_SPOOL"]).rglob("*.otlp")))

    for thread in threading.enumerate():
        if thread.name == "tokenlake-courier":
            thread.join()


def test_a_processor_that_hangs_costs_the_timeout_and_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """Shutting down returns although a processor does not, and says what that means."""
    release = threading.Event()

    class Hanging(SpanProcessor):
        def shutdown(self) -> None:
            release.wait()

    shut_down_within((Hanging(),), timeout_s=0.01)

    expected = ["the last spans were not sent within 0.01 s: they may be lost"]

    assert expected == caplog.messages

    release.set()
    wait_for_shutdowns(10)


def test_a_processor_that_takes_a_deadline_is_told_it() -> None:
    """Where shutdown() has a parameter `timeout_millis`, it gets the time that is left to all."""
    told: list[int] = []

    class Told(SpanProcessor):
        def shutdown(self, timeout_millis: int = 30_000) -> None:
            told.append(timeout_millis)

    shut_down_within((Told(),), timeout_s=2.5)

    expected = [2500]

    assert expected == told


def test_a_processor_that_fails_to_shut_down_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """The next processor is shut down all the same, and nothing is raised."""
    closed = threading.Event()

    class Broken(SpanProcessor):
        def shutdown(self) -> None:
            raise RuntimeError("broken")

    class Sound(SpanProcessor):
        def shutdown(self) -> None:
            closed.set()

    shut_down_within((Broken(), Sound()), timeout_s=10)

    assert closed.is_set()

    expected = ["shutting down Broken failed"]

    assert expected == caplog.messages


def test_at_the_end_of_the_interpreter_the_shutdown_needs_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread can be started any more, the processors are shut down all the same."""
    closed = threading.Event()

    class Sound(SpanProcessor):
        def shutdown(self) -> None:
            closed.set()

    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    with monkeypatch.context() as ending:
        ending.setattr(threading.Thread, "start", refuse)
        shut_down_within((Sound(),), timeout_s=10)

    assert closed.is_set()
