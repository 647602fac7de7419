"""Ended spans to a recorder, as OpenTelemetry's SDK hands them over."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from tokenlake_collector.embedded.held import Batch
from tokenlake_collector.embedded.recorder import Recorder

_log = logging.getLogger(__name__)


class EmbeddedSpanExporter(SpanExporter):
    """Stores spans in a file of this process.

    In a forked process it stores nothing: it counts what is lost, and says so at the first and at the end.
    """

    holds_failed = True
    """Read by the exporter package's delivery: a batch that fails here is not to be sent or counted again."""

    def __init__(self, recorder: Recorder, release: Callable[[Recorder], None]) -> None:
        self._recorder = recorder
        self._release = release
        self._open = True
        self.lost = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Return SUCCESS when the spans are durable, FAILURE when they are not, or not yet."""
        if self._recorder.is_inherited:
            self._lose(len(spans))
            return SpanExportResult.FAILURE
        batch = Batch(encode_spans(spans).SerializeToString(), len(spans))
        return SpanExportResult.SUCCESS if self._recorder.store(batch) else SpanExportResult.FAILURE

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002  # a commit has no deadline
        """Try again what could not be committed; return whether nothing is left."""
        return self._recorder.is_inherited or self._recorder.retry()

    def shutdown(self) -> None:
        """Write a checkpoint and release the file; may be called again."""
        if self._open:
            self._open = False
            if self.lost:
                _log.warning("%d spans of the forked process %d were not stored", self.lost, os.getpid())
            self._release(self._recorder)

    def _lose(self, spans: int) -> None:
        if not self.lost:
            _log.warning("spans of a forked process are not stored: %s", self._recorder.remedy)
        self.lost += spans
