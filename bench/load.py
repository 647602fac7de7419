"""Load on a server: several sender processes at once, and what came of it."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

from sender import Orders, Sent

PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Load:
    """One measured run: spans a second, seconds per acknowledgement, CPU seconds per million spans."""

    spans: int
    calls: int
    refused: int
    rate: float
    p50_ms: float
    p99_ms: float
    cpu: float
    cpu_share: float
    memory_mib: float


class UnderLoad(Protocol):
    """One server or several, which are measured while requests are sent to them."""

    def cpu_seconds(self) -> float:
        """Return the CPU time used so far."""

    def memory_mib(self) -> float:
        """Return the largest resident size so far."""


def measured(
    server: UnderLoad,
    orders: Orders,
    processes: int = PROCESSES,
    meanwhile: AbstractContextManager[object] | None = None,
) -> Load:
    """Send what the orders say from several processes that share the connections, and measure.

    `meanwhile` is entered when they begin, after their requests are built, and left when all are done.
    """
    senders = [
        _started(replace(orders, seed=orders.seed * 8 + number, connections=share))
        for number, share in enumerate(_shares(orders.connections, processes))
    ]
    for sender in senders:
        assert sender.stdout is not None
        assert sender.stdout.readline() == "ready\n"
    before = server.cpu_seconds()
    with meanwhile or nullcontext():
        _tell_all(senders)
        replies = [sender.communicate()[0] for sender in senders]
    cpu = server.cpu_seconds() - before
    return _load([Sent(**json.loads(reply)) for reply in replies], cpu, server)


def p99(times: Sequence[float]) -> float:
    """Return what 99 of 100 stay below; of fewer than a hundred, the longest."""
    return sorted(times)[int(len(times) * 0.99)]


def _shares(connections: int, processes: int) -> list[int]:
    return [connections // processes + (number < connections % processes) for number in range(processes)]


def _started(orders: Orders) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("sender.py")
    sender = subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert sender.stdin is not None
    sender.stdin.write(json.dumps(asdict(orders)) + "\n")
    sender.stdin.flush()
    return sender


def _tell_all(senders: Sequence[subprocess.Popen[str]]) -> None:
    """Let all begin together."""
    for sender in senders:
        assert sender.stdin is not None
        sender.stdin.write("go\n")
        sender.stdin.flush()


def _load(sent: Sequence[Sent], cpu: float, server: UnderLoad) -> Load:
    spans = sum(one.spans for one in sent)
    seconds = max(one.seconds for one in sent)
    latencies = [latency for one in sent for latency in one.latencies]
    return Load(
        spans=spans,
        calls=sum(one.calls for one in sent),
        refused=sum(one.refused for one in sent),
        rate=spans / seconds,
        p50_ms=statistics.median(latencies) * 1000,
        p99_ms=p99(latencies) * 1000,
        cpu=cpu / spans * 1e6,
        cpu_share=cpu / seconds,
        memory_mib=server.memory_mib(),
    )
