"""The one processor that a tracer provider ever gets from us."""

from typing import Protocol

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import Tracer

from tokenlake.lifetime.closing import TIMEOUT_S, shut_down
from tokenlake.notices import warn_once


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
        """Forward the start of a span; never raises."""
        try:
            for processor in self._processors:
                processor.on_start(span, parent_context)
        except Exception as error:  # noqa: BLE001  # a fault of ours must not become the agent's
            warn_once("on_start", "a span is not tracked: %r", error)

    def on_end(self, span: ReadableSpan) -> None:
        """Forward the end of a span; never raises."""
        try:
            for processor in self._processors:
                processor.on_end(span)
        except Exception as error:  # noqa: BLE001  # as above
            warn_once("on_end", "a span is not exported: %r", error)

    def shutdown(self) -> None:
        """Close what is forwarded to; the provider calls this when the application shuts it down."""
        shut_down(self.exchange(), TIMEOUT_S)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush what is forwarded to, and say whether all was sent."""
        flushed = [processor.force_flush(timeout_millis) for processor in self._processors]
        return all(flushed)
