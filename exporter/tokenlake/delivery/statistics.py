"""How many spans were sent, spooled and dropped, and the log lines about what was dropped."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_logger = logging.getLogger("tokenlake")

# The first loss is logged at once, later ones are summed up: a full disk must not fill it with log lines.
_LOG_EVERY_S: Final = 60.0


class Drop(StrEnum):
    """Why spans were dropped, and what helps."""

    QUEUE_FULL = "the queue in memory was full: set OTEL_BSP_MAX_QUEUE_SIZE higher"
    SPOOL_FULL = "the spool was full, the oldest go first: set TOKENLAKE_SPOOL_MIB higher"
    SPOOL_UNWRITABLE = "the spool could not be written: see that its disk has room"
    NO_SPOOL = "the collector did not take them and there is no spool: set TOKENLAKE_SPOOL to a directory"
    REFUSED = "the collector refused them as invalid: see the exporter's log line"
    DAMAGED = "their spool file was damaged: it is kept with the ending .damaged"
    UNENCODABLE = "they cannot be encoded: a name or attribute is no valid text"
    SHUT_DOWN = "they ended after the shutdown: shut down last"


@dataclass(frozen=True, slots=True)
class DeliveryStatistics:
    """What this process has delivered so far.

    Attributes:
        sent: spans that a collector acknowledged, also those that an earlier process left in the spool.
        spooled: spans that went to the disk first.
        dropped: spans that were lost, by reason.
        dropped_bytes: size of the spool files among them.
    """

    sent: int
    spooled: int
    dropped: Mapping[Drop, int]
    dropped_bytes: int


class DeliveryCounters:
    """The running totals; safe to use from any thread."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start at zero, as a forked child does: its parent keeps the counts."""
        self._lock = threading.RLock()
        self._sent = self._spooled = self._dropped_bytes = 0
        self._dropped: Counter[Drop] = Counter()
        self._logged: Counter[Drop] = Counter()
        self._logged_at: dict[Drop, float] = {}

    def answered(self, spans: int, refused: int) -> None:
        """Count spans that were acknowledged, but for those that were refused."""
        with self._lock:
            self._sent += spans - refused
        if refused:
            self.dropped(Drop.REFUSED, refused)

    def spooled(self, spans: int) -> None:
        """Count spans that were written to the spool."""
        with self._lock:
            self._spooled += spans

    def dropped(self, why: Drop, spans: int, size: int = 0) -> None:
        """Count spans that were lost, and log it unless that reason was logged just now."""
        with self._lock:
            self._dropped[why] += spans
            self._dropped_bytes += size
            now = time.monotonic()
            if now - self._logged_at.get(why, -_LOG_EVERY_S) < _LOG_EVERY_S:
                return
            self._logged_at[why] = now
        self._log(why)

    def conclude(self) -> None:
        """Log what was dropped since the last log line."""
        for why in Drop:
            self._log(why)

    def read(self) -> DeliveryStatistics:
        """Return the totals."""
        with self._lock:
            return DeliveryStatistics(self._sent, self._spooled, dict(self._dropped), self._dropped_bytes)

    def _log(self, why: Drop) -> None:
        with self._lock:
            total = self._dropped[why]
            news = total - self._logged[why]
            self._logged[why] = total
        if news:
            # Outside the lock: an application's log handler may do anything, also end spans.
            _logger.warning("%d spans were dropped (%d in all): %s", news, total, why.value)


PROCESS_COUNTERS: Final = DeliveryCounters()
"""Of all deliveries of this process."""


def delivery_statistics() -> DeliveryStatistics:
    """Return how many spans this process has sent, spooled and dropped; a forked child starts at zero."""
    return PROCESS_COUNTERS.read()
