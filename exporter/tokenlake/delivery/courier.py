"""Carries batches to the collector: at once while that goes well, by way of the spool when it does not."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Final

from opentelemetry.sdk.trace import ReadableSpan

from tokenlake.delivery.batch import Batch
from tokenlake.delivery.codec import decode
from tokenlake.delivery.entry import Entry
from tokenlake.delivery.pace import Pace
from tokenlake.delivery.sender import Outcome, Sender, uninstrumented
from tokenlake.delivery.spool import Spool
from tokenlake.delivery.statistics import DeliveryCounters, Drop
from tokenlake.delivery.store import Store
from tokenlake.notices import warn_once

# 8 batches are 4,096 spans, twice the SDK's queue: a short hiccup does not touch the disk.
_MOST_WAITING: Final = 8
# An answer that takes longer means trouble: what is in memory goes to the disk, where `kill -9` leaves it.
_STALLED_AFTER_S: Final = 1.0
# How long a flush waits for a collector that has not answered lately: an agent's end shall not hang on it.
_PATIENCE_S: Final = 3.0


class Courier:
    """One thread that sends, oldest first; two states.

    Direct: batches wait in memory, a few of them. Diverted: each new batch goes to the spool, and the thread
    sends from there until it is empty. It starts diverted, because an earlier process may have left
    something. Nothing is entrusted to memory unless the collector answered the last time.
    """

    def __init__(self, sender: Sender, spool: Spool, counters: DeliveryCounters) -> None:
        self._sender = sender
        self._spool = spool
        self._store = Store(spool, counters)
        self._counters = counters
        self._reset()

    def _reset(self) -> None:
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._waiting: deque[Batch] = deque()
        self._in_flight: Batch | None = None
        self._in_flight_since = 0.0
        self._diverted = True
        self._pace = Pace()
        self._closed = False

    def start(self) -> None:
        """Start the thread; does nothing when it runs, or when the interpreter is about to end."""
        with self._changed:
            if self._thread is not None:
                return
            self._sender.open()
            thread = threading.Thread(target=self._run, name="tokenlake-courier", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # from Python 3.12 on no thread can start any more; the spool has it all
                return
            self._thread = thread

    def take(self, spans: Sequence[ReadableSpan]) -> None:
        """Take a batch; waits for the disk at most, never for the network."""
        with self._changed:
            batch = Batch(spans, self._store.next_sequence())
            if self._is_stalled():
                self._secure()
            if not self._pace.is_answered or len(self._waiting) >= _MOST_WAITING:
                self._diverted = True
            if not (self._diverted and self._store.put(batch)):
                self._keep(batch)
            self._changed.notify_all()

    def flush(self, deadline: float) -> bool:
        """Wait until all is acknowledged; what is not by then is in the spool.

        Args:
            deadline: when to stop waiting, by time.monotonic; sooner when the collector does not answer.
        """
        with self._changed:
            flushed = self._is_emptied(deadline)
            self._secure()
            return flushed

    def close(self) -> None:
        """End the thread after what it is sending now; count what no flush could secure."""
        with self._changed:
            self._closed = True
            left = [*self._waiting, *filter(None, [self._in_flight])]
            lost = sum(len(batch.spans) for batch in left if batch.entry is None)
            self._waiting.clear()
            if lost:
                self._counters.dropped(Drop.SPOOL_UNWRITABLE, lost)
            self._changed.notify_all()
        self._sender.close()

    def forked(self) -> None:
        """Start afresh in a child: what waits here is the parent's, who will send it."""
        self._reset()
        self._spool.forked()
        self._sender.forked()

    # Below, called by whoever holds the lock.

    def _is_stalled(self) -> bool:
        return self._in_flight is not None and time.monotonic() - self._in_flight_since > _STALLED_AFTER_S

    def _is_emptied(self, deadline: float) -> bool:
        patient_until = min(deadline, time.monotonic() + _PATIENCE_S)
        failures = self._pace.failures
        while self._waiting or self._in_flight or self._diverted:
            rest = (deadline if self._pace.is_answered else patient_until) - time.monotonic()
            # The first failure may be of an attempt from before the collector came back.
            if self._thread is None or rest <= 0 or self._pace.failures > failures + 1:
                return False
            self._pace.hurry()
            self._changed.notify_all()
            self._changed.wait(rest)
        return True

    def _keep(self, batch: Batch) -> None:
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(batch)
        else:
            self._counters.dropped(Drop.SPOOL_UNWRITABLE, len(batch.spans))

    def _secure(self) -> None:
        """Put all that is in memory on the disk, also what is being sent; that file goes once it is sent."""
        if self._in_flight is None and not self._waiting:
            return
        self._diverted = True
        if self._in_flight is not None:
            self._store.put(self._in_flight)
        self._waiting = deque(batch for batch in self._waiting if not self._store.put(batch))

    # Below, the thread.

    def _run(self) -> None:
        with uninstrumented():
            while self._await_work():
                try:
                    self._work()
                except Exception as error:  # noqa: BLE001  # a disk's fault must not end the thread
                    warn_once("spool read", "sending from the spool fails, and is tried again: %r", error)
                    self._note(Outcome(is_kept=True, refused=0), 0)

    def _await_work(self) -> bool:
        """Return true when there is something to send and the time has come, false at the end."""
        with self._changed:
            while not self._closed:
                if not self._waiting and not self._diverted:
                    self._changed.wait()
                elif (rest := self._pace.rest()) > 0:
                    self._changed.wait(rest)
                else:
                    return True
            return False

    def _work(self) -> None:
        with self._changed:
            if self._waiting:
                self._in_flight, self._in_flight_since = self._waiting.popleft(), time.monotonic()
            batch = self._in_flight
        if batch is None:
            self._drain()
        else:
            self._deliver(batch)

    def _deliver(self, batch: Batch) -> None:
        outcome = self._sender.send(batch.spans)
        with self._changed:
            self._in_flight = None
            if outcome.is_kept:
                self._waiting.appendleft(batch)
                self._secure()
            else:
                self._store.remove(batch)
        self._note(outcome, len(batch.spans))

    def _drain(self) -> None:
        with self._spool.draining() as ours:
            for entry in self._spool.entries() if ours else ():
                if self._closed or not self._forward(entry):
                    return
        with self._changed:
            if not self._spool.entries():
                self._diverted = False
            elif not ours:
                self._pace.wait_for_other()
            self._changed.notify_all()

    def _forward(self, entry: Entry) -> bool:
        """Send one entry of the spool, and tell whether to go on with the next."""
        content = self._spool.read(entry)
        if content is None:
            return True
        try:
            spans = decode(content)
        except Exception:  # noqa: BLE001  # whole, but no OTLP: whatever it is, it cannot be sent
            self._spool.set_aside(entry)
            return True
        outcome = self._sender.send(spans)
        if not outcome.is_kept:
            self._spool.remove(entry)
        self._note(outcome, entry.spans)
        return not outcome.is_kept

    def _note(self, outcome: Outcome, spans: int) -> None:
        if not outcome.is_kept:
            self._counters.answered(spans, outcome.refused)
        with self._changed:
            self._pace.note(answered=not outcome.is_kept)
            self._changed.notify_all()
