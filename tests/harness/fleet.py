"""Several real collectors on one ledger, and senders that choose among them anew for every request."""

from __future__ import annotations

import random
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.collector_process import CollectorProcess, start_collector
from harness.free_ports import free_port
from harness.integration_environment import integration_environment
from harness.retrying_client import GrpcSender, HttpSender, Sender

_IMPATIENT_S = 0.05
"""Less than a commit takes: a request is sent again, often to another, while the first still works on it."""


def lake_python() -> str:
    """Return the interpreter that has DuckDB's extensions; `tests/integrations/requirements/lake.txt`."""
    return str(integration_environment("lake").folder / "bin" / "python")


class Fleet:
    """Collectors on ports that stay the same when one is killed and started again."""

    def __init__(self, ledger: str, data_path: Path, number: int, python: str = sys.executable) -> None:
        self._ledger = ledger
        self._options = ("--data-path", str(data_path), "--log-level", "error")
        self._python = python
        self._ports = [tuple(f"127.0.0.1:{free_port()}" for _ in range(2)) for _ in range(number)]
        self.collectors = [self._start(index) for index in range(number)]

    def kill(self, index: int) -> None:
        """End a collector as a crash would, and start it again."""
        assert -signal.SIGKILL == self.collectors[index].stop(signal.SIGKILL)
        self.collectors[index] = self._start(index)

    def stop(self) -> list[int]:
        """Stop all in good order and return their exit codes."""
        return [collector.stop() for collector in self.collectors]

    def end(self) -> None:
        """End all that still run, at once."""
        for collector in self.collectors:
            with collector.process:
                collector.process.kill()

    def senders(self, number: int, seed: int) -> list[Sender]:
        """Return senders that each know all collectors."""
        return [SpreadSender(self.collectors, seed + index) for index in range(number)]

    def _start(self, index: int) -> CollectorProcess:
        grpc, http = self._ports[index]
        options = (*self._options, "--grpc", grpc, "--http", http)
        return start_collector(self._ledger, *options, python=self._python)


@contextmanager
def running_fleet(ledger: str, data_path: Path, number: int) -> Iterator[Fleet]:
    """Run collectors on a ledger on DuckLake for the length of a block."""
    fleet = Fleet(ledger, data_path, number, lake_python())
    try:
        yield fleet
    finally:
        fleet.end()


class SpreadSender:
    """Sends each request to any collector, over any transport, and now and then does not wait for a reply."""

    def __init__(self, collectors: Sequence[CollectorProcess], seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._senders: list[Sender] = [
            sender
            for collector in collectors
            for sender in (
                GrpcSender(collector.grpc),
                HttpSender(collector.http),
                HttpSender(collector.http, _IMPATIENT_S),
            )
        ]

    def send(self, payload: bytes) -> bool:
        """Send a request once; True when it was acknowledged."""
        return self._random.choice(self._senders).send(payload)

    def close(self) -> None:
        """Close all connections."""
        for sender in self._senders:
            sender.close()
