"""The delivery's manners: what it must never do to the agent, and what it counts."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, get_value
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from harness.deliveries import exporter_to, running_delivery
from harness.scripted_receiver import http_receiver
from tokenlake.delivery import SpoolSettings, delivery_processor
from tokenlake.delivery.carrier import DirectCarrier
from tokenlake.delivery.processor import DeliveryProcessor
from tokenlake.delivery.sender import Sender
from tokenlake.delivery.statistics import DeliveryCounters, Drop


class Watched(SpanExporter):
    """Takes everything, once it is let; tells of each export and whether instrumentation was suppressed."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.names: list[str] = []
        self.suppressed: set[object] = set()
        self.entered = threading.Event()
        self.gate = threading.Event()
        if is_open:
            self.gate.set()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.entered.set()
        self.suppressed.add(get_value(_SUPPRESS_INSTRUMENTATION_KEY))
        self.gate.wait()
        self.names += [span.name for span in spans]
        return SpanExportResult.SUCCESS


class Broken(SpanExporter):
    """Raises whatever it is asked."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        raise RuntimeError(f"broken: {len(spans)} spans")


class Holding(SpanExporter):
    """Could not store a batch, and will try again, as the collector's embedded exporter does."""

    holds_failed = True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002  # the SDK's signature
        return SpanExportResult.FAILURE


def test_no_thread_before_the_first_span(tmp_path: Path) -> None:
    """An agent that imports and initialises, and then forks, forks no thread."""
    before = threading.active_count()
    with running_delivery(tmp_path, exporter=Watched()) as delivery:
        idle = threading.active_count()
        delivery.end("first")
        busy = threading.active_count()

    assert (before, before + 2) == (idle, busy)


def test_sending_makes_no_spans_of_its_own(tmp_path: Path) -> None:
    """Instrumentation is suppressed for what is sent at once, and for what comes out of the spool."""
    exporter = Watched()
    with running_delivery(tmp_path, exporter=exporter) as delivery:
        delivery.end_alone("spooled first", "at once")

    assert ["spooled first", "at once"] == exporter.names
    assert {True} == exporter.suppressed


def test_an_agent_does_not_wait_for_a_collector_that_hangs(tmp_path: Path) -> None:
    """While one export hangs, 3,000 more spans end; the shutdown puts all of them on the disk in time."""
    exporter = Watched()
    with running_delivery(tmp_path, exporter=exporter) as delivery:
        delivery.end_alone("answered")
        exporter.gate.clear()
        exporter.entered.clear()
        delivery.end(*["first"] * 600)
        assert exporter.entered.wait(10)
        delivery.end(*["more"] * 2_400)
        delivery.processor.shutdown(1_000)
        waiting = sum(int(path.name.split("-")[2]) for path in tmp_path.glob("*.otlp"))
        exporter.gate.set()

        assert 3_000 == waiting
        assert {} == delivery.dropped


def test_an_exporter_that_raises_loses_nothing(tmp_path: Path) -> None:
    """The batch is kept for a better one."""
    with running_delivery(tmp_path, exporter=Broken()) as delivery:
        delivery.end_alone("kept")
    with running_delivery(tmp_path, exporter=(better := Watched())) as delivery:
        delivery.processor.force_flush(5_000)

    assert ["kept"] == better.names


def test_what_ends_after_the_shutdown_is_counted(tmp_path: Path) -> None:
    """It is too late, and the statistics say so."""
    with running_delivery(tmp_path, exporter=Watched()) as delivery:
        delivery.processor.shutdown(5_000)
        delivery.end("late")

        assert {Drop.SHUT_DOWN: 1} == delivery.dropped


def test_what_the_sampler_dropped_is_none_of_its_business(tmp_path: Path) -> None:
    """A span that is not sampled starts nothing and counts as nothing."""
    with running_delivery(tmp_path, exporter=(exporter := Watched())) as delivery:
        provider = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)
        provider.add_span_processor(delivery.processor)
        provider.get_tracer("test").start_span("unsampled").end()
        delivery.processor.force_flush(5_000)

        assert ([], {}) == (exporter.names, delivery.dropped)


def test_a_spool_that_cannot_be_made_is_warned_about_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Spans go on without it, straight to the collector."""
    monkeypatch.setattr("tokenlake.notices._seen", set())
    (tmp_path / "file").touch()
    with http_receiver() as receiver, caplog.at_level(logging.WARNING, "tokenlake"):
        for _ in range(2):
            processor = delivery_processor(
                exporter_to(receiver.target), SpoolSettings(tmp_path / "file" / "spool")
            )
            provider = TracerProvider(shutdown_on_exit=False)
            provider.add_span_processor(processor)
            provider.get_tracer("test").start_span("sent").end()
            processor.shutdown()

        assert [["sent"], ["sent"]] == receiver.taken
    [message] = caplog.messages
    assert message.startswith("no spool: ")
    assert message.endswith("set TOKENLAKE_SPOOL to another directory, or to off")


def test_a_spool_that_can_no_longer_be_written_does_not_hold_up_what_can_be_sent(tmp_path: Path) -> None:
    """Its directory is replaced by a file; spans then wait in memory, a few thousand of them, and arrive."""
    spool = tmp_path / "spool"
    with http_receiver() as receiver, running_delivery(spool, receiver.target) as delivery:
        delivery.end_alone("before")
        (spool / "drain.lock").unlink()
        spool.rmdir()
        spool.touch()
        delivery.end_alone("after")

        assert [["before"], ["after"]] == receiver.taken
        assert {} == delivery.dropped
        spool.unlink()


def test_what_neither_disk_nor_collector_takes_is_counted(tmp_path: Path) -> None:
    """The spool is replaced by a file, the exporter fails, and the agent ends: three spans are lost."""
    spool = tmp_path / "spool"
    with running_delivery(spool, exporter=Broken()) as delivery:
        spool.rmdir()
        spool.touch()
        delivery.end("one", "two", "three")
        delivery.processor.shutdown(1_000)

        assert {Drop.SPOOL_UNWRITABLE: 3} == delivery.dropped


def test_what_the_queue_cannot_hold_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """512 spans are being exported, which hangs; of 1,400 more, 512 fit beside the 88 in a queue of 600."""
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "600")
    exporter, counters = Watched(is_open=False), DeliveryCounters()
    processor = DeliveryProcessor(DirectCarrier(Sender(exporter), counters), counters)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("test")
    for count in (600, 1_400):
        for _ in range(count):
            tracer.start_span("call").end()
        assert exporter.entered.wait(10)
    exporter.gate.set()
    processor.shutdown()

    assert {Drop.QUEUE_FULL: 888} == counters.read().dropped
    assert 1_112 == counters.read().sent == len(exporter.names)


def test_what_an_exporter_holds_itself_is_not_counted_as_lost() -> None:
    """An embedded exporter commits later what it cannot commit now, and counts its own losses."""
    counters = DeliveryCounters()
    DirectCarrier(Sender(Holding()), counters).take([])

    assert {} == counters.read().dropped


def test_losses_are_logged_once_and_summed_up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The first loss is logged at once; the 9 others of that minute are at the end."""
    with (
        caplog.at_level(logging.WARNING, "tokenlake"),
        running_delivery(tmp_path, exporter=Watched()) as delivery,
    ):
        for _ in range(10):
            delivery.counters.dropped(Drop.QUEUE_FULL, 1)

    why = "the queue in memory was full: set OTEL_BSP_MAX_QUEUE_SIZE higher"
    expected = [f"1 spans were dropped (1 in all): {why}", f"9 spans were dropped (10 in all): {why}"]
    assert expected == caplog.messages
