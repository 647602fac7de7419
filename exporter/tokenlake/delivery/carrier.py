"""What takes the batches out of the queue."""

from collections.abc import Sequence
from typing import Protocol

from opentelemetry.sdk.trace import ReadableSpan

from tokenlake.delivery.sender import Sender
from tokenlake.delivery.statistics import DeliveryCounters, Drop


class Carrier(Protocol):
    """Takes batches in the thread of the SDK's batch processor."""

    def start(self) -> None:
        """Start what runs in the background; called before the first batch, and again in a forked child."""

    def take(self, spans: Sequence[ReadableSpan]) -> None:
        """Take a batch; it is counted here from now on."""

    def flush(self, deadline: float) -> bool:
        """Wait until all is sent, until the deadline (of time.monotonic) at most, and tell whether it is."""

    def close(self) -> None:
        """Let go of the exporter."""

    def forked(self) -> None:
        """Forget in a forked child what belongs to its parent."""


class DirectCarrier:
    """Sends each batch at once and drops what is not taken: what is left without a spool."""

    def __init__(self, sender: Sender, counters: DeliveryCounters) -> None:
        self._sender = sender
        self._counters = counters
        self._is_sent = True

    def start(self) -> None:
        """Open the exporter."""
        self._sender.open()

    def take(self, spans: Sequence[ReadableSpan]) -> None:
        """Send a batch, or count its loss."""
        outcome = self._sender.send(spans)
        self._is_sent = not outcome.is_kept
        if outcome.is_kept:
            self._counters.dropped(Drop.NO_SPOOL, len(spans))
        else:
            self._counters.answered(len(spans), outcome.refused)

    def flush(self, deadline: float) -> bool:  # noqa: ARG002  # nothing waits here
        """Tell whether the last batch was sent."""
        return self._is_sent

    def close(self) -> None:
        """Close the exporter."""
        self._sender.close()

    def forked(self) -> None:
        """Leave the connections to the parent."""
        self._sender.forked()
