"""A delivery in this process, with counters of its own, and the spans to put into it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.trace import Tracer

from tokenlake.delivery.courier import Courier
from tokenlake.delivery.exporters import span_exporter
from tokenlake.delivery.processor import DeliveryProcessor
from tokenlake.delivery.sender import Sender
from tokenlake.delivery.settings import SpoolSettings
from tokenlake.delivery.spool import Spool
from tokenlake.delivery.statistics import DeliveryCounters, Drop
from tokenlake.delivery.target import Target, parse_target

AWAY = "http://127.0.0.1:9"
"""Nobody listens there: port 9 is discard's."""


@dataclass(frozen=True, slots=True)
class RunningDelivery:
    """A processor, its provider's tracer and its counters."""

    processor: DeliveryProcessor
    tracer: Tracer
    counters: DeliveryCounters

    def end(self, *names: str) -> None:
        """End a span of each name."""
        for name in names:
            self.tracer.start_span(name).end()

    def end_alone(self, *names: str) -> None:
        """End a span of each name, each in a batch of its own."""
        for name in names:
            self.end(name)
            self.processor.force_flush(1_000)

    @property
    def dropped(self) -> dict[Drop, int]:
        """Spans lost, by reason."""
        return dict(self.counters.read().dropped)


@contextlib.contextmanager
def running_delivery(
    spool: Path, target: str = AWAY, *, exporter: SpanExporter | None = None, max_bytes: int = 2**20
) -> Iterator[RunningDelivery]:
    """Run a delivery to a target, or through an exporter, until the block ends."""
    counters = DeliveryCounters()
    settings = SpoolSettings(spool, max_bytes)
    files = Spool(settings, counters)
    files.prepare()
    processor = DeliveryProcessor(Courier(Sender(exporter or exporter_to(target)), files, counters), counters)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    try:
        yield RunningDelivery(processor, provider.get_tracer("test"), counters)
    finally:
        processor.shutdown(1_000)


def exporter_to(target: str) -> SpanExporter:
    """Return the exporter that init_token_tracking would make."""
    parsed = parse_target(target)
    assert isinstance(parsed, Target)
    return span_exporter(parsed, None)
