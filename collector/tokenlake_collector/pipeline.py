"""Group commit: what waits while one transaction runs is committed by the next.

Two stages, each a thread: one turns a group into rows (Python, which holds the interpreter) while DuckDB
commits the group before it (which does not).
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from tokenlake_collector.errors import CollectorError, CommitFailed, Overloaded, ShuttingDown
from tokenlake_collector.handover import Handover
from tokenlake_collector.ingest import Accepted, Ingest, Outcome, Prepared
from tokenlake_collector.meters import Meters
from tokenlake_collector.signals import Signal

GROUP_BYTES = 8 * 2**20
"""Bytes in one transaction: about 8,000 spans. More makes an insert hardly cheaper (1.3 µs a row at 4,000
rows, 0.95 at 20,000) and every sender in the group wait longer."""

GATHER_BYTES = 256 * 2**10
GATHER_S = 0.045
"""While several requests are on their way at once, a group is worth a transaction when it holds so many
bytes, and nearly half of all that was lately on its way: of eight large requests, four and four use two
stages better than seven and one. It waits for that up to so many seconds. A transaction costs 20 ms however
small it is: 5,000 spans a second in requests of 50 would otherwise take a whole core. A request that is alone
never waits."""

_NEARLY_HALF = 0.4

_FAULT = "internal error; it is in the collector's log"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    signal: Signal
    payload: bytes
    outcome: asyncio.Future[Outcome]
    arrived: float


@dataclass(frozen=True, slots=True)
class _Ready:
    """A group on its way from the first stage to the second; None where it could not be prepared."""

    group: Sequence[_Waiting]
    prepared: Prepared | None


class Pipeline:
    """Takes requests on an event loop and commits them in groups, on threads of its own."""

    def __init__(self, ingest: Ingest, meters: Meters, max_waiting_bytes: int) -> None:
        self._ingest = ingest
        self._meters = meters
        self._max_waiting_bytes = max_waiting_bytes
        self._waiting: deque[_Waiting] = deque()
        self._under_way: list[Sequence[_Waiting]] = []
        self._queued_bytes = 0
        self._peak_bytes = 0
        self._crowded = False
        self._waiting_bytes = 0
        meters.show_waiting_bytes(lambda: self._waiting_bytes)
        self._changed = threading.Condition()
        self._closing = False
        self._ready: Handover[_Ready] = Handover()
        self._loop = asyncio.get_running_loop()
        stages = {"tokenlake-prepare": self._prepare_groups, "tokenlake-commit": self._commit_groups}
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True) for name, work in stages.items()
        ]
        for thread in self._threads:
            thread.start()

    async def submit(self, signal: Signal, payload: bytes) -> Accepted:
        """Wait until a request (protobuf bytes) is durable.

        Raises:
            BadRequest: the bytes are not a request of this signal.
            Overloaded: too many bytes wait already.
            ShuttingDown: the pipeline takes nothing new.
            CommitFailed: the rows could not be stored; nothing of them is.
        """
        waiting = _Waiting(signal, payload, self._loop.create_future(), time.monotonic())
        with self._changed:
            self._admit(len(payload))
            self._crowded |= bool(self._waiting or self._under_way)
            self._peak_bytes = max(self._peak_bytes, self._waiting_bytes)
            self._waiting.append(waiting)
            self._queued_bytes += len(payload)
            self._changed.notify()
        outcome = await waiting.outcome
        if isinstance(outcome, CollectorError):
            raise outcome
        return outcome

    def stop(self) -> None:
        """Take nothing new; what waits is still committed. May be called again."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    async def close(self, deadline_s: float) -> bool:
        """Stop, and return when all is committed and answered, or when the deadline (seconds) is over.

        What is not committed by then is answered with "send again", and the result is False: the commit
        thread still runs.
        """
        self.stop()
        commit = self._threads[-1]
        await asyncio.to_thread(commit.join, deadline_s)
        with self._changed:
            late = [waiting for group in (*self._under_way, self._waiting) for waiting in group]
            self._waiting.clear()
        _answer(late, [ShuttingDown("the collector is shutting down: send again")] * len(late))
        return not commit.is_alive()

    def _admit(self, size: int) -> None:
        if self._closing:
            raise ShuttingDown("the collector is shutting down: send again")
        if self._waiting_bytes and self._waiting_bytes + size > self._max_waiting_bytes:
            raise Overloaded(f"{self._waiting_bytes} bytes wait for a commit: send again")
        self._waiting_bytes += size

    def _prepare_groups(self) -> None:
        # A group is taken only when the one before it is being committed: taken earlier it would be smaller.
        while self._ready.wait_until_free() and (group := self._take()):
            self._ready.put(_Ready(group, self._prepared(group)))
        self._ready.close()

    def _commit_groups(self) -> None:
        while ready := self._ready.take():
            outcomes = self._outcomes(ready)
            with self._changed:
                self._under_way.remove(ready.group)
                self._waiting_bytes -= sum(len(waiting.payload) for waiting in ready.group)
            self._meters.commits.acknowledged(ready.group[0].arrived)
            self._loop.call_soon_threadsafe(_answer, ready.group, outcomes)

    def _take(self) -> list[_Waiting]:
        """Return the requests at the head of the queue that are of one signal, [] when closed and drained."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            if self._crowded:
                self._changed.wait_for(self._is_worth_a_commit, GATHER_S)
            self._crowded = bool(self._under_way)
            self._peak_bytes = self._waiting_bytes
            group: list[_Waiting] = []
            size = 0
            while self._waiting and size < GROUP_BYTES:
                if group and self._waiting[0].signal is not group[0].signal:
                    break
                group.append(self._waiting.popleft())
                size += len(group[-1].payload)
            self._queued_bytes -= size
            if group:
                self._under_way.append(group)
            return group

    def _is_worth_a_commit(self) -> bool:
        return self._closing or self._queued_bytes >= max(GATHER_BYTES, _NEARLY_HALF * self._peak_bytes)

    def _prepared(self, group: Sequence[_Waiting]) -> Prepared | None:
        try:
            return self._ingest.prepare(group[0].signal, [waiting.payload for waiting in group])
        except BaseException:  # noqa: BLE001 - no fault may end the thread, nor make senders drop their data
            _log.exception("a group of %d requests could not be prepared", len(group))
            return None

    def _outcomes(self, ready: _Ready) -> list[Outcome]:
        if ready.prepared is not None:
            try:
                return self._ingest.store(ready.prepared)
            except BaseException:  # noqa: BLE001 - as above
                _log.exception("a group of %d requests could not be stored", len(ready.group))
        if len(ready.group) == 1:
            return [CommitFailed(_FAULT)]
        # One request that hits the fault must not hold up its neighbours for ever.
        return [self._alone(waiting) for waiting in ready.group]

    def _alone(self, waiting: _Waiting) -> Outcome:
        return self._outcomes(_Ready([waiting], self._prepared([waiting])))[0]


def _answer(group: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
    for waiting, outcome in zip(group, outcomes, strict=True):
        if not waiting.outcome.done():
            waiting.outcome.set_result(outcome)
