"""One attempt to send, and what it came to."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

# The SDK's own processors use this key; its public twin is in a package that the SDK does not install.
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, attach, detach, set_value
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from tokenlake.delivery.verdicts import Verdict, verdict_of

_logger = logging.getLogger("tokenlake")

_CLOSING_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch.

    Attributes:
        is_kept: it is to be sent again, as a whole.
        refused: so many of its spans are lost; all others were acknowledged, unless it is kept.
    """

    is_kept: bool
    refused: int

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(self.is_kept or other.is_kept, self.refused + other.refused)


class Sender:
    """Sends through an exporter of the SDK, which retries by itself for a while; never raises."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._is_inherited = False

    def send(self, spans: Sequence[ReadableSpan]) -> Outcome:
        """Send a batch, in halves where it is too large, and return what becomes of it."""
        verdict = self._attempt(spans)
        if verdict is Verdict.TOO_LARGE and len(spans) > 1:
            middle = len(spans) // 2
            first = self.send(spans[:middle])
            return first if first.is_kept else first + self.send(spans[middle:])
        if verdict in (Verdict.SENT, Verdict.KEPT):
            return Outcome(verdict is Verdict.KEPT, 0)
        return Outcome(is_kept=False, refused=len(spans))

    def _attempt(self, spans: Sequence[ReadableSpan]) -> Verdict:
        try:
            result = self._exporter.export(spans)
        except Exception as error:  # noqa: BLE001  # an exporter's fault must not end the thread
            _logger.warning("exporting failed: %r", error)
            return Verdict.KEPT
        # The embedded exporter holds what it could not commit, and counts what it loses itself.
        if result is SpanExportResult.SUCCESS or getattr(self._exporter, "holds_failed", False):
            return Verdict.SENT
        # Ours tell (`observed_http`, `observed_grpc`); of others it is not known why, so the batch is kept.
        return verdict_of(getattr(self._exporter, "last_status", None))

    def close(self) -> None:
        """Close the exporter, which interrupts its retries."""
        # In a thread, because older gRPC exporters wait here for their retries instead, up to 30 s.
        closing = threading.Thread(target=self._exporter.shutdown, name="tokenlake-closing", daemon=True)
        try:
            closing.start()
        except (
            RuntimeError
        ):  # from Python 3.12 on no thread can start while the interpreter ends: it closes all
            return
        closing.join(_CLOSING_S)

    def forked(self) -> None:
        """Remember in a child that the connections are the parent's."""
        self._is_inherited = True

    def open(self) -> None:
        """Give a child connections of its own, where the exporter can do that; elsewhere do nothing."""
        reopen = getattr(self._exporter, "reopen", None)
        if self._is_inherited and reopen is not None:
            reopen()
        self._is_inherited = False


@contextmanager
def uninstrumented() -> Iterator[None]:
    """Suppress instrumentation, so that sending spans makes no spans."""
    token = attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
    try:
        yield
    finally:
        detach(token)
