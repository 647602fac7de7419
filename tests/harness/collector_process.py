"""A real collector in a process of its own, on free ports."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAM = ("-m", "tokenlake_collector")

_READY = re.compile(r"OTLP/gRPC (?P<grpc>\S+), HTTP (?P<http>\S+)")


@dataclass
class CollectorProcess:
    """A running collector; `grpc` is host:port, `http` a URL."""

    process: subprocess.Popen[str]
    grpc: str
    http: str
    db: Path

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end and return the exit code."""
        with self.process:
            return self.process.wait(timeout=30)


def launch_collector(
    db: Path | str,
    *options: str,
    program: Sequence[str] = PROGRAM,
    stderr: int | None = None,
    python: str = sys.executable,
) -> subprocess.Popen[str]:
    """Start a collector without waiting for anything; `stderr` as for Popen."""
    command = [python, *program, "serve", "--db", str(db)]
    ports = ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"]
    return subprocess.Popen(
        [*command, *ports, *options],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env=clean_environment(),
    )


def start_collector(
    db: Path | str,
    *options: str,
    program: Sequence[str] = PROGRAM,
    stderr: int | None = None,
    python: str = sys.executable,
) -> CollectorProcess:
    """Start a collector and return when it is ready; `stderr` as for Popen."""
    process = launch_collector(db, *options, program=program, stderr=stderr, python=python)
    assert process.stdout is not None
    line = process.stdout.readline()
    ready = _READY.search(line)
    if ready is None:
        with process:
            process.kill()
        raise AssertionError(f"the collector did not start: {line!r}")
    return CollectorProcess(process, ready["grpc"], ready["http"], Path(db))


@contextlib.contextmanager
def running_collector(db: Path, *options: str) -> Iterator[CollectorProcess]:
    """Run a collector for the length of a block."""
    collector = start_collector(db, *options)
    try:
        yield collector
    finally:
        if collector.process.poll() is None:
            collector.stop()


def clean_environment() -> dict[str, str]:
    """Return the environment without settings that would change what is tested; the test's spool stays."""
    return {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("OTEL_", "TOKENLAKE_")) or key == "TOKENLAKE_SPOOL"
    }
