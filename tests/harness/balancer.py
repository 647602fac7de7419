"""The real HAProxy with the configuration that we publish, before collectors of this machine."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.collector_process import CollectorProcess
from harness.repository import ROOT

CONFIGURATION = ROOT / "deploy" / "haproxy" / "haproxy.cfg"


@dataclass(frozen=True, slots=True)
class Balancer:
    """The addresses that it listens on, as a collector has them: `grpc` is host:port, `http` a URL."""

    grpc: str
    http: str


@contextlib.contextmanager
def running_balancer(folder: Path, collectors: Mapping[str, CollectorProcess]) -> Iterator[Balancer]:
    """Run HAProxy before collectors, by the names that the configuration has for them."""
    with _listening() as grpc, _listening() as http:
        path = folder / "haproxy.cfg"
        path.write_text(_here(grpc, http, collectors), encoding="utf-8")
        command = ["haproxy", "-db", "-f", str(path)]
        with (folder / "haproxy.log").open("wb") as log:
            process = subprocess.Popen(
                command, pass_fds=(grpc.fileno(), http.fileno()), stdout=log, stderr=subprocess.STDOUT
            )
        with process:
            try:
                yield Balancer(_address(grpc), f"http://{_address(http)}")
            finally:
                process.terminate()


def _here(grpc: socket.socket, http: socket.socket, collectors: Mapping[str, CollectorProcess]) -> str:
    """Return the configuration with addresses of this machine, and nothing else changed."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    listeners = {4317: grpc, 4318: http}
    text = re.sub(r"bind :(\d+)", lambda bind: f"bind fd@{listeners[int(bind[1])].fileno()}", text)
    for name, collector in collectors.items():
        text = text.replace(f" {name}:4317", f" {collector.grpc}")
        text = text.replace(f" {name}:4318", f" {collector.http.removeprefix('http://')}")
    return text


def _listening() -> socket.socket:
    # Handed over open: what comes before HAProxy has started waits instead of being refused.
    listener = socket.create_server(("127.0.0.1", 0))
    listener.set_inheritable(True)
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()
    return f"{host}:{port}"
