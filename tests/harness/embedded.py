"""A ledger written by the test's own process, and spans for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.util.types import Attributes

from harness.otlp import CHAT
from tokenlake_collector.embedded import open_embedded


@contextmanager
def embedded(path: Path) -> Iterator[SpanExporter]:
    """Open a file as `init_token_tracking` does, without touching this process's tracer provider."""
    exporter = open_embedded(path)
    try:
        yield exporter
    finally:
        exporter.shutdown()


def calls(number: int) -> Sequence[ReadableSpan]:
    """Return finished spans, each a model call of 100 input and 20 output tokens."""
    finished = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(finished))
    tracer = provider.get_tracer("application")
    for _ in range(number):
        tracer.start_span("chat gpt-5", attributes=cast("Attributes", CHAT)).end()
    provider.shutdown()
    return finished.get_finished_spans()
