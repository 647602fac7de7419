"""A real collector with an environment of its own, whose output is kept."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.collector_process import clean_environment

_READY = re.compile(r"OTLP/gRPC (?P<grpc>\S+), HTTP (?P<http>\S+)")


@dataclass
class LoggedCollector:
    """A running collector; `grpc` is host:port, `http` a URL."""

    process: subprocess.Popen[str]
    grpc: str
    http: str
    db: Path
    log: Path
    announced: str

    @property
    def http_address(self) -> tuple[str, int]:
        """Host and port, as sockets want them."""
        return _place(self.http.partition("//")[2])

    @property
    def grpc_address(self) -> tuple[str, int]:
        """Host and port, as sockets want them."""
        return _place(self.grpc)

    def stop(self) -> int:
        """End it in order and return its exit code."""
        self.process.terminate()
        with self.process:
            return self.process.wait(timeout=30)

    def output(self) -> str:
        """Return all that it has said so far."""
        return self.announced + self.log.read_text(encoding="utf-8")


@contextlib.contextmanager
def logged_collector(
    folder: Path, *options: str, environ: Mapping[str, str] | None = None
) -> Iterator[LoggedCollector]:
    """Run a collector for the length of a block, with these variables beside the usual ones."""
    db, log = folder / "usage.duckdb", folder / "stderr.txt"
    command = [sys.executable, "-m", "tokenlake_collector", "serve", "--db", str(db)]
    ports = ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"]
    with log.open("w", encoding="utf-8") as stderr:
        process = subprocess.Popen(
            [*command, *ports, *options],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env=clean_environment() | dict(environ or {}),
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    ready = _READY.search(line)
    try:
        assert ready is not None, f"the collector did not start: {log.read_text(encoding='utf-8')}"
        yield LoggedCollector(process, ready["grpc"], ready["http"], db, log, line)
    finally:
        with process:
            if process.poll() is None:
                process.terminate()


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)
