"""A collector in a process of its own, on free ports."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tokenlake_collector.errors import StartupError

_READY = re.compile(r"OTLP/gRPC (?P<grpc>\S+), HTTP (?P<http>\S+)")


@dataclass(frozen=True, slots=True)
class CollectorProcess:
    """Where a running collector listens: `grpc` is host:port, `http` a URL."""

    process: subprocess.Popen[str]
    grpc: str
    http: str


@contextlib.contextmanager
def running_collector(db: Path) -> Iterator[CollectorProcess]:
    """Run a collector for the length of a block.

    Raises:
        StartupError: it did not start; its own message is on stderr.
    """
    serve = [sys.executable, "-m", "tokenlake_collector", "serve", "--log-level", "warning"]
    options = ["--db", str(db), "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"]
    with subprocess.Popen([*serve, *options], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        try:
            yield _when_ready(process)
        finally:
            process.terminate()


def _when_ready(process: subprocess.Popen[str]) -> CollectorProcess:
    line = process.stdout.readline() if process.stdout else ""
    ready = _READY.search(line)
    if ready is None:
        raise StartupError("the demo's collector did not start")
    return CollectorProcess(process, ready["grpc"], ready["http"])
