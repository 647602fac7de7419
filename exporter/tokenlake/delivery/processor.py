"""The span processor that delivers: the SDK's batch processor, with a queue that is watched."""

import os
import re
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from opentelemetry.sdk.environment_variables import (
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
    OTEL_BSP_MAX_QUEUE_SIZE,
    OTEL_BSP_SCHEDULE_DELAY,
)
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from tokenlake.delivery.carrier import Carrier, DirectCarrier
from tokenlake.delivery.sender import Sender
from tokenlake.delivery.settings import SPOOL, SpoolSettings
from tokenlake.delivery.statistics import PROCESS_COUNTERS, DeliveryCounters, Drop
from tokenlake.notices import warn_once

# The SDK's default of 2,048 is full after 40 ms at 50,000 spans a second. The queue is emptied without
# waiting for the network, so it gets long only while a burst keeps the interpreter busy.
_QUEUE_SIZE: Final = 65_536
_BATCH_SIZE: Final = 512
_DELAY_MS: Final = 5_000
# Room for threads that see the last free place at the same time.
_THREADS: Final = 1_024
# Kept back from a deadline, to write what is in memory to the disk.
_RESERVE_S: Final = 0.5


def delivery_processor(exporter: SpanExporter, spool: SpoolSettings | None) -> SpanProcessor:
    """Return a processor that batches ended spans, sends them, and spools what cannot be sent.

    Never raises: where the spool's directory cannot be used it warns once and goes on without. Neither a
    thread nor a file is there before the first span.

    Args:
        exporter: the SDK's; it is closed with the processor. `ObservedHttpExporter` and
            `ObservedGrpcExporter` also tell a refusal from an outage, and give a forked child a connection
            of its own.
        spool: where to; None to drop, and count, what the exporter cannot send.
    """
    sender = Sender(exporter)
    carrier = _courier(sender, spool) if spool is not None else None
    return DeliveryProcessor(carrier or DirectCarrier(sender, PROCESS_COUNTERS), PROCESS_COUNTERS)


def _courier(sender: Sender, settings: SpoolSettings) -> Carrier | None:
    from tokenlake.delivery.courier import Courier  # noqa: PLC0415  # needs protobuf, which is slow to import
    from tokenlake.delivery.spool import Spool  # noqa: PLC0415  # as above

    spool = Spool(settings, PROCESS_COUNTERS)
    try:
        spool.prepare()
    except OSError as error:
        warn_once(
            "spool directory",
            "no spool: %s cannot be used (%s); set %s to another directory, or to off",
            settings.path,
            error,
            SPOOL,
        )
        return None
    return Courier(sender, spool, PROCESS_COUNTERS)


class DeliveryProcessor(SpanProcessor):
    """Queues ended spans in the SDK's batch processor, and counts them in and out.

    The SDK drops silently what its queue cannot hold, so nothing is put there without room for it. The
    agent's path takes no lock: a signal handler may interrupt it anywhere, and its shutdown would wait.
    """

    def __init__(self, carrier: Carrier, counters: DeliveryCounters) -> None:
        self._carrier = carrier
        self._counters = counters
        self._most_queued = _positive(os.environ, OTEL_BSP_MAX_QUEUE_SIZE, _QUEUE_SIZE)
        self._closed = False
        self._batching: BatchSpanProcessor | None = None
        self._reset()
        if hasattr(os, "register_at_fork"):
            forked = weakref.WeakMethod(self._forked)
            os.register_at_fork(after_in_child=lambda: (method := forked()) and method())

    def _reset(self) -> None:
        self._starting = threading.RLock()
        self._is_started = False
        # As long as the SDK's queue: its own length is private, and appending and popping are atomic.
        self._queued: deque[None] = deque()

    def on_end(self, span: ReadableSpan) -> None:
        """Queue a span; never waits, and never raises."""
        if not (span.context and span.context.trace_flags.sampled):
            return
        try:
            self._accept(span)
        except Exception as error:  # noqa: BLE001  # whatever fails here, the agent goes on
            warn_once("delivery", "a span cannot be delivered: %r", error)

    def force_flush(self, timeout_millis: int | None = 30_000) -> bool:
        """Send what was queued before, and tell whether all of it was acknowledged.

        What is not is in the spool when this returns. It returns early when the collector does not answer.

        Args:
            timeout_millis: how long to wait at most.
        """
        deadline = _deadline(timeout_millis)
        self._started().force_flush(timeout_millis)
        return self._carrier.flush(deadline)

    def shutdown(self, timeout_millis: int = 10_000) -> None:
        """Send or spool everything, and close the exporter; what ends afterwards is dropped and counted.

        Args:
            timeout_millis: how long to wait for the collector at most.
        """
        deadline = _deadline(timeout_millis)
        with self._starting:
            if self._closed:
                return
            batching = self._started()
            self._closed = True
        batching.shutdown()  # type: ignore[no-untyped-call]  # the SDK's
        self._carrier.flush(deadline)
        self._carrier.close()
        self._counters.conclude()

    def _accept(self, span: ReadableSpan) -> None:
        if self._closed:
            self._counters.dropped(Drop.SHUT_DOWN, 1)
        elif len(self._queued) >= self._most_queued:
            self._counters.dropped(Drop.QUEUE_FULL, 1)
        else:
            batching = self._batching if self._batching and self._is_started else self._started()
            self._queued.append(None)
            batching.on_end(span)

    def _started(self) -> BatchSpanProcessor:
        with self._starting:
            if self._batching is None:
                self._batching = self._new_batching()
            if not self._is_started:
                self._carrier.start()
                self._is_started = True
            return self._batching

    def _new_batching(self) -> BatchSpanProcessor:
        batch_size = _positive(os.environ, OTEL_BSP_MAX_EXPORT_BATCH_SIZE, _BATCH_SIZE)
        return BatchSpanProcessor(
            _QueueEnd(self._take),
            max_queue_size=self._most_queued + _THREADS,
            max_export_batch_size=min(batch_size, self._most_queued),
            schedule_delay_millis=_positive(os.environ, OTEL_BSP_SCHEDULE_DELAY, _DELAY_MS),
        )

    def _take(self, spans: Sequence[ReadableSpan]) -> None:
        for _ in spans:
            self._queued.popleft()
        self._carrier.take(tuple(spans))

    def _forked(self) -> None:
        """Forget what is the parent's; the SDK's processor empties its queue in a child by itself."""
        self._reset()
        self._counters.reset()
        self._carrier.forked()


class _QueueEnd(SpanExporter):
    """What the SDK's processor takes for its exporter; it never waits for the network."""

    def __init__(self, take: Callable[[Sequence[ReadableSpan]], None]) -> None:
        self._take = take

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Hand a batch over."""
        self._take(spans)
        return SpanExportResult.SUCCESS


def _deadline(timeout_millis: float | None) -> float:
    seconds = (30_000 if timeout_millis is None else timeout_millis) / 1000
    return time.monotonic() + max(seconds - _RESERVE_S, seconds / 2)


def _positive(environ: Mapping[str, str], variable: str, default: int) -> int:
    """Return a variable of the SDK's batch processor; what that would refuse counts as not set."""
    text = environ.get(variable, "").strip()
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) and int(text) > 0 else default
