"""Signals at inconvenient moments: during the start, during a long commit, and again during the shutdown."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from harness.collector_process import CollectorProcess, launch_collector, start_collector
from harness.known_traffic import Batch, big_batches
from harness.retrying_client import GrpcSender, HttpSender, Sender
from harness.stored_spans import difference, nothing_wrong

SIGNALS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
ENDED_BY = {signal.SIGTERM: 143, signal.SIGINT: 130}

# A ledger that takes for ever to open: the program says so, then waits for what never comes.
SLOW_START = (
    "-c",
    """
import threading
from tokenlake_collector.storage.ledger import Ledger
def opening(db, memory_mib, prepare, data_path):
    print("opening", flush=True)
    threading.Event().wait()
Ledger.open = opening
from tokenlake_collector.cli.app import main
main()
""",
)


@dataclass
class Busy:
    """A collector in the middle of a commit that takes seconds, and whether its senders were acknowledged."""

    collector: CollectorProcess
    batches: list[Batch]
    acknowledged: list[bool]

    def expected(self) -> list[Batch]:
        """Return what must be stored."""
        return [batch for batch, stored in zip(self.batches, self.acknowledged, strict=True) if stored]

    def log_until(self, text: str) -> str:
        """Read its log up to a line that holds a text."""
        assert self.collector.process.stderr
        read = ""
        for line in self.collector.process.stderr:
            read += line
            if text in line:
                return read
        raise AssertionError(f"{text!r} was never logged: {read}")


@contextmanager
def committing(db: Path, *options: str) -> Iterator[Busy]:
    """Run a collector that has begun to commit a large request; the block stops it."""
    collector = start_collector(db, *options, stderr=subprocess.PIPE)
    batches = big_batches(2, 40 * 2**20)
    senders: list[Sender] = [HttpSender(collector.http), GrpcSender(collector.grpc)]
    busy = Busy(collector, batches, [])
    with ThreadPoolExecutor(2) as pool:
        sent = pool.map(lambda n: senders[n].send(batches[n].payload), range(2))
        _wait_for_a_commit(collector)
        try:
            yield busy
            busy.acknowledged.extend(sent)
        finally:
            collector.process.kill()
            for sender in senders:
                sender.close()


def _wait_for_a_commit(collector: CollectorProcess) -> None:
    """Return when the collector says that it holds a request."""
    with httpx.Client(timeout=60) as client:
        while "tokenlake_waiting_bytes 0.0" in client.get(f"{collector.http}/metrics").text:
            assert collector.process.poll() is None


def assert_intact(db: Path, acknowledged: list[Batch]) -> None:
    """The next collector starts and stops, and what was acknowledged is there, once."""
    assert start_collector(db).stop() == 0
    difference_ = difference(db, acknowledged)
    assert (0, 0) == (difference_.lost, difference_.duplicated)


def test_a_commit_that_outlasts_the_deadline_is_not_waited_for(tmp_path: Path) -> None:
    """The process ends with 0 in time and in silence; senders are told to come again or cut off."""
    db = tmp_path / "usage.duckdb"
    with committing(db, "--shutdown-s", "1", "--log-level", "warning") as busy:
        begun = time.monotonic()
        busy.collector.process.send_signal(signal.SIGTERM)
        assert busy.collector.process.stderr
        log = busy.collector.process.stderr.read().splitlines()
        code = busy.collector.wait()
        took = time.monotonic() - begun

    assert 0 == code
    assert took < 3
    assert 1 == len(log), log
    assert "a commit was still running at the deadline" in log[0]
    assert_intact(db, busy.expected())


def test_a_commit_within_the_deadline_is_waited_for(tmp_path: Path) -> None:
    """Whatever was taken before the signal is committed and acknowledged."""
    db = tmp_path / "usage.duckdb"
    with committing(db, "--shutdown-s", "30") as busy:
        busy.collector.process.send_signal(signal.SIGTERM)
        busy.log_until("stopping")
        code = busy.collector.wait()

    assert 0 == code
    assert any(busy.acknowledged)
    assert nothing_wrong(busy.expected()) == difference(db, busy.expected())


@SIGNALS
def test_a_second_signal_ends_the_shutdown_at_once(number: signal.Signals, tmp_path: Path) -> None:
    """It does not wait for the commit under way; nothing acknowledged is lost by that, as with kill -9."""
    db = tmp_path / "usage.duckdb"
    with committing(db, "--shutdown-s", "30") as busy:
        busy.collector.process.send_signal(signal.SIGTERM)
        busy.log_until("stopping")
        code = busy.collector.stop(number)

    assert ENDED_BY[number] == code
    assert_intact(db, busy.expected())


@SIGNALS
def test_a_signal_while_the_ledger_opens_ends_the_process(number: signal.Signals, tmp_path: Path) -> None:
    """It ends as the signal asks, without a traceback, however long the opening would have taken."""
    process = launch_collector(tmp_path / "usage.duckdb", program=SLOW_START, stderr=subprocess.PIPE)
    with process:
        assert process.stdout
        assert process.stderr
        assert "opening\n" == process.stdout.readline()
        process.send_signal(number)
        code = process.wait(timeout=10)
        log = process.stderr.read()

    assert (ENDED_BY[number], "") == (code, log)


@pytest.mark.parametrize("delay_s", [0.0, 0.3, 0.7, 1.0, 1.3, 1.7])
def test_a_signal_at_any_moment_of_the_start_does_no_harm(delay_s: float, tmp_path: Path) -> None:
    """SIGTERM after a part of the time that a start takes: it ends in silence, the next start succeeds."""
    db = tmp_path / "usage.duckdb"
    process = launch_collector(db, "--log-level", "warning", stderr=subprocess.PIPE)
    with process:
        with suppress(subprocess.TimeoutExpired):
            process.wait(delay_s)
        process.terminate()
        _, log = process.communicate(timeout=15)

    assert process.returncode in {0, -signal.SIGTERM, 143}
    assert "" == log
    assert_intact(db, [])
