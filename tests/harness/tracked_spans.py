"""Token tracking on a private provider whose spans a test can read."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tokenlake import init_token_tracking, shutdown_token_tracking


@contextmanager
def tracked_spans() -> Iterator[tuple[TracerProvider, InMemorySpanExporter]]:
    """Give an application's provider that token tracking has joined, and the spans it finished."""
    provider = TracerProvider(shutdown_on_exit=False)
    finished = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(finished))
    init_token_tracking(tracer_provider=provider)
    try:
        yield provider, finished
    finally:
        shutdown_token_tracking()
        provider.shutdown()
