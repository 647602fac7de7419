"""A collector that is killed again and again while senders keep on sending to it."""

from __future__ import annotations

import random
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.collector_process import PROGRAM, CollectorProcess, launch_collector, start_collector
from harness.free_ports import free_port
from harness.known_traffic import Batch, KnownTraffic
from harness.retrying_client import GrpcSender, HttpSender, RetryingClient, Sender

_SENDERS = 4
"""Over each transport."""

_CHECKPOINTING = """
from tokenlake_collector.storage import opening
opening.CONFIG["checkpoint_threshold"] = "{kib} KiB"
from tokenlake_collector.cli.app import main
main()
"""

_KILLED_WHILE_STARTING = 0.2
_START_S = 2.5
"""About what a start takes: a kill within it may hit imports, the replay of the log, or first requests."""


@dataclass(frozen=True, slots=True)
class KillReport:
    """What happened: kills of a serving and of a starting collector, and what was acknowledged."""

    kills: int
    kills_while_starting: int
    acknowledged: Sequence[Batch]
    refused: int
    exit_code: int


class KillRounds:
    """One ledger file, one set of senders, and a collector on fixed ports that is killed again and again."""

    def __init__(self, db: Path, seed: int, checkpoint_kib: int | None = None) -> None:
        """Take a file that need not exist; a log of `checkpoint_kib` makes the next commit checkpoint."""
        self._db = db
        self._seed = seed
        self._random = random.Random(seed)  # noqa: S311 - no secret
        grpc, http = (f"127.0.0.1:{free_port()}" for _ in range(2))
        self._options = ("--grpc", grpc, "--http", http, "--log-level", "error")
        self._program = _checkpointing(checkpoint_kib) if checkpoint_kib else PROGRAM
        self._while_starting = 0

    def run(self, rounds: int, longest_s: float) -> KillReport:
        """Kill `rounds` times, each at a moment within `longest_s` of the start; then stop in good order.

        Raises:
            AssertionError: the collector did not start, ended by itself, or answered what forbids a retry.
        """
        collector = self._start()
        senders: list[Sender] = [HttpSender(collector.http) for _ in range(_SENDERS)]
        senders += [GrpcSender(collector.grpc) for _ in range(_SENDERS)]
        client = RetryingClient(KnownTraffic(self._seed), senders, self._seed)
        try:
            for _ in range(rounds):
                code = _kill(collector.process, self._random.uniform(0, longest_s))
                assert code == -signal.SIGKILL, f"the collector ended by itself: {code}"
                client.check()
                collector = self._start()
            delivered = client.finish()
            code = collector.stop()
        finally:
            client.abandon()
            collector.process.kill()
        return KillReport(rounds, self._while_starting, delivered.acknowledged, delivered.refused, code)

    def _start(self) -> CollectorProcess:
        """Start the collector; now and then it is killed before it is ready, and started again."""
        if self._random.random() < _KILLED_WHILE_STARTING:
            self._while_starting += 1
            starting = launch_collector(self._db, *self._options, program=self._program)
            _kill(starting, self._random.uniform(0, _START_S))
        return start_collector(self._db, *self._options, program=self._program)


def _checkpointing(kib: int) -> tuple[str, ...]:
    """Return the collector's program with another size of the log at which it writes a checkpoint."""
    return "-c", _CHECKPOINTING.format(kib=kib)


def _kill(process: subprocess.Popen[str], delay_s: float) -> int:
    """Kill a process after a while, unless it ends before, and return how it ended."""
    with process:
        with suppress(subprocess.TimeoutExpired):
            process.wait(delay_s)
        process.kill()
        return process.wait()
