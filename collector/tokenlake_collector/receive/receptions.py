"""The requests that are still arriving: how long each may take, and how much memory all may hold."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from tokenlake_collector.errors import CollectorError, Overloaded, Stalled
from tokenlake_collector.limits import Limits

PATIENCE_S = 5.0
"""How long a message of unknown size may arrive before it counts as the largest possible one."""


_TURNS = 4
_TURN_S = 1.0


class Turns:
    """Who may read a message of unknown size: a few at once, so that gRPC buffers no more of them.

    After a second a turn is over whether the message is there or not, and who has waited that long reads
    without one: slow senders, which fill no memory quickly, hold nobody up for longer.
    """

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(_TURNS)

    @contextlib.asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Wait for a turn, and give it back at the end of the block or when it is over."""
        over = await self._begun()
        try:
            yield
        finally:
            if over is not None and over.when() > asyncio.get_running_loop().time():
                over.cancel()
                self._free.release()

    async def _begun(self) -> asyncio.TimerHandle | None:
        """Return what ends the turn, None where there was none to be had in time."""
        try:
            async with asyncio.timeout(_TURN_S):
                await self._free.acquire()
        except TimeoutError:
            return None
        return asyncio.get_running_loop().call_later(_TURN_S, self._free.release)


class Receptions:
    """All bodies that are arriving, on both transports, within one budget of bytes.

    When the budget is used up, the largest of them is told to come again: neither many slow senders nor a few
    large ones keep the small requests of others out.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.turns = Turns()
        self._held: dict[Reception, int] = {}
        self._total = 0

    @property
    def total_bytes(self) -> int:
        """How much of all of them is here."""
        return self._total

    def begin(self, *, unknown_size: bool = False) -> Reception:
        """Return one reception, to be used in `async with`.

        `unknown_size` is for gRPC, which shows a message only when all of it is there.
        """
        return Reception(self, unknown_size)

    def refuse_all(self, why: CollectorError) -> None:
        """End all that are under way; each raises `why`."""
        for reception in list(self._held):
            self._drop(reception, why)

    def open(self, reception: Reception) -> None:
        """Count a reception in."""
        self._held[reception] = 0

    def grow(self, reception: Reception, size: int) -> None:
        """Count bytes of a reception, and make room when they are too many."""
        if reception not in self._held:
            return
        self._held[reception] += size
        self._total += size
        while self._total > self.limits.max_receiving_bytes:
            largest = max(self._held, key=self._held.__getitem__)
            self._drop(largest, Overloaded(f"{self._total} bytes are arriving at once: send again"))

    def close(self, reception: Reception) -> None:
        """Count a reception out; may be called again."""
        self._total -= self._held.pop(reception, 0)

    def _drop(self, reception: Reception, why: CollectorError) -> None:
        self.close(reception)
        reception.refuse(why)


class Reception:
    """One request while it arrives."""

    def __init__(self, all_of_them: Receptions, unknown_size: bool) -> None:
        self._all = all_of_them
        self._unknown_size = unknown_size
        self._timeout = asyncio.timeout(all_of_them.limits.receive_s)
        self._suspicion: asyncio.TimerHandle | None = None
        self._refusal: CollectorError | None = None

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        self._all.open(self)
        if self._unknown_size:
            size = self._all.limits.max_body_bytes
            self._suspicion = asyncio.get_running_loop().call_later(PATIENCE_S, self._all.grow, self, size)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._all.close(self)
        if self._suspicion is not None:
            self._suspicion.cancel()
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            seconds = self._all.limits.receive_s
            raise self._refusal or Stalled(f"the request did not arrive within {seconds:g} s") from None

    def add(self, size: int) -> None:
        """Count bytes that have arrived.

        Raises:
            Overloaded: this is the largest reception, and there is no room for all.
        """
        self._all.grow(self, size)
        if self._refusal is not None:
            raise self._refusal

    def refuse(self, why: CollectorError) -> None:
        """End this reception at the next opportunity; `async with` raises `why`."""
        self._refusal = why
        self._timeout.reschedule(asyncio.get_running_loop().time())
