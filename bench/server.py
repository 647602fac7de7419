"""The server under load, as a process: its addresses, its CPU time and memory, and what it stored."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

_READY = re.compile(r"OTLP/gRPC (?P<grpc>\S+), HTTP http://(?P<http>\S+)")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `http` is empty for one that speaks only gRPC."""

    process: subprocess.Popen[str]
    grpc: str
    http: str
    db: Path | str | None

    def cpu_seconds(self) -> float:
        """Return the CPU time that it has used so far, user and system."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory_mib(self, name: str = "VmHWM") -> float:
        """Return its largest resident size so far in MiB, or with `VmRSS` the present one."""
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(rf"{name}:\s+(\d+)", text)[1]) / 1024  # type: ignore[index]

    def stop(self) -> None:
        """End it as an administrator does, and wait."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a ledger holds."""

    rows: int
    distinct: int
    bytes: int


@contextmanager
def discarding() -> Iterator[Server]:
    """Run the server that throws everything away."""
    script = Path(__file__).with_name("discard_server.py")
    yield from _running([sys.executable, str(script)], None)


@contextmanager
def collecting(db: Path | str, *options: str) -> Iterator[Server]:
    """Run a collector on a file, or on a ledger of another name."""
    ports = ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--log-level", "warning"]
    command = [sys.executable, "-m", "tokenlake_collector", "serve", "--db", str(db), *ports, *options]
    yield from _running(command, db)


def stored(db: Path) -> Stored:
    """Read what a stopped collector left: rows that count, how many different ones, and bytes on disk."""
    with duckdb.connect(str(db), read_only=True) as connection:
        query = "SELECT count(*), count(DISTINCT (trace_id, span_id)) FROM token_usage"
        ((rows, distinct),) = connection.execute(query).fetchall()
    return Stored(rows, distinct, db.stat().st_size)


def _running(command: list[str], db: Path | str | None) -> Iterator[Server]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"it ended before it was ready: {' '.join(command)}"
    ready = _READY.search(line)
    server = Server(process, ready["grpc"] if ready else line.strip(), ready["http"] if ready else "", db)
    try:
        yield server
    finally:
        if process.poll() is None:
            server.stop()
