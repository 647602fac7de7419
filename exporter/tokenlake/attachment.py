"""The one processor that a tracer provider ever gets from us."""

import logging
import threading
from typing import Protocol

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import Tracer

_logger = logging.getLogger("tokenlake")


class JoinableProvider(Protocol):
    """What the SDK's TracerProvider, and the wrappers that other products put around it, can do."""

    def add_span_processor(self, span_processor: SpanProcessor) -> None:
        """Add a processor, for ever."""

    def get_tracer(self, instrumenting_module_name: str, instrumenting_library_version: str | None) -> Tracer:
        """Return the tracer of an instrumentation scope."""


class Attachment(SpanProcessor):
    """Forwards to processors that can be exchanged, because a provider can add processors but not remove any.

    That makes init, shutdown and init again possible on the same provider, with one processor in it.
    """

    def __init__(self, provider: JoinableProvider) -> None:
        self.provider = provider
        self._processors: tuple[SpanProcessor, ...] = ()
        provider.add_span_processor(self)

    def exchange(self, *processors: SpanProcessor) -> tuple[SpanProcessor, ...]:
        """Forward to these processors from now on and return the ones before, which the caller closes."""
        before, self._processors = self._processors, processors
        return before

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Forward the start of a span."""
        for processor in self._processors:
            processor.on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        """Forward the end of a span."""
        for processor in self._processors:
            processor.on_end(span)

    def shutdown(self) -> None:
        """Close what is forwarded to; the provider calls this when the application shuts it down."""
        shut_down(self.exchange())

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush what is forwarded to, and say whether all was sent."""
        flushed = [processor.force_flush(timeout_millis) for processor in self._processors]
        return all(flushed)


def shut_down_within(processors: tuple[SpanProcessor, ...], timeout_s: float) -> None:
    """Flush and shut processors down, waiting this many seconds at most; never raises."""
    # A thread of our own, because the SDK's batch processor takes no deadline and waits up to 30 s.
    closing = threading.Thread(target=shut_down, args=(processors,), name="tokenlake-shutdown", daemon=True)
    try:
        closing.start()
    except RuntimeError:  # from Python 3.12 on no thread can start while the interpreter ends
        shut_down(processors)
        return
    closing.join(timeout_s)
    if closing.is_alive():
        _logger.warning("the last spans were not sent within %s s: they may be lost", timeout_s)


def shut_down(processors: tuple[SpanProcessor, ...]) -> None:
    """Flush and shut processors down, however long it takes; never raises."""
    for processor in processors:
        try:
            processor.shutdown()
        except Exception:  # one broken exporter must neither stop the others nor the agent
            _logger.exception("shutting down %s failed", type(processor).__name__)
