"""Batches that could not be committed yet: a disk may have room again later."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tokenlake_collector.limits import MIB

MAX_HELD_BYTES = 64 * MIB
"""As much as a collector lets wait for a commit: about 60,000 spans."""

AT_THE_END = "the ledger is closed"
"""Why a batch is lost that no later attempt can store."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """An OTLP trace request, and how many spans it has."""

    payload: bytes
    spans: int


class Held:
    """Keeps batches for another attempt, the newest within a bound; what is lost is counted and logged."""

    def __init__(self, max_bytes: int = MAX_HELD_BYTES) -> None:
        self._max_bytes = max_bytes
        self._batches: deque[Batch] = deque()
        self._bytes = 0
        self.lost = 0

    def add(self, batch: Batch) -> None:
        """Keep a batch, and give up the oldest while all together are too large."""
        self._batches.append(batch)
        self._bytes += len(batch.payload)
        while self._bytes > self._max_bytes:
            self.lose(self._pop(), f"more than {self._max_bytes} bytes wait for a commit")

    def retry(self, commit: Callable[[Batch], bool]) -> bool:
        """Commit what is kept, until it fails once; return whether nothing is left."""
        while self._batches:
            batch = self._pop()
            if not commit(batch):
                # To the end: one that always fails must not stop the others.
                self.add(batch)
                return False
        return True

    def finish(self, commit: Callable[[Batch], bool]) -> None:
        """Try each batch a last time, and count as lost what fails."""
        while self._batches:
            batch = self._pop()
            if not commit(batch):
                self.lose(batch, AT_THE_END)

    def _pop(self) -> Batch:
        batch = self._batches.popleft()
        self._bytes -= len(batch.payload)
        return batch

    def lose(self, batch: Batch, reason: str) -> None:
        """Count a batch as lost, and say so."""
        self.lost += batch.spans
        _log.error(
            "%d spans could not be stored and are lost (%s); %d until now", batch.spans, reason, self.lost
        )
