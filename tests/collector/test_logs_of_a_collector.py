"""What a running collector writes to stderr: a few lines about its life, none about requests."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.collector_process import CollectorProcess, clean_environment, start_collector
from harness.exporting import HTTP_WAYS, WAYS, Transport, send
from harness.logged_collector import logged_collector
from harness.otlp import SpanSpec, trace_bytes
from harness.otlp_json import as_json
from tokenlake_collector.signals import Signal

TIME = r"time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
VALUE = r"\"[^\"]*\"|[^\s\"]+"
LINE = re.compile(rf"{TIME} level=\w+ logger=[\w.]+ message=(?P<message>{VALUE})( \w+=({VALUE}))*")
INVALID = "Invalid HTTP request received."


def end(collector: CollectorProcess) -> list[dict[str, Any]]:
    """Stop a collector that writes JSON, and return its lines."""
    assert collector.process.stderr
    collector.process.send_signal(signal.SIGTERM)
    lines = [json.loads(line) for line in collector.process.stderr.read().splitlines()]
    assert 0 == collector.wait()
    return lines


@pytest.fixture
def collector(tmp_path: Path) -> CollectorProcess:
    """A collector that logs JSON to a pipe; `end` ends it."""
    return start_collector(tmp_path / "usage.duckdb", "--log-format", "json", stderr=subprocess.PIPE)


def test_a_life_is_four_lines(collector: CollectorProcess) -> None:
    """However much is sent: started, settings, stopping, and stopped with what was done."""
    for number, way in enumerate(WAYS, 1):
        body = trace_bytes(SpanSpec(span_id=number, trace_id=number), SpanSpec({}, 100 + number, number))
        is_json = way.transport is Transport.JSON
        send(collector, way, Signal.TRACES, as_json(Signal.TRACES, body) if is_json else body)
    send(collector, HTTP_WAYS[0], Signal.TRACES, b"\x0a\xff")
    lines = end(collector)

    sent = len(WAYS)
    totals = {
        "requests": sent + 1,
        "received": 2 * sent,
        "accepted": sent,
        "uncounted": 0,
        "duplicate": 0,
        "without_usage": sent,
        "rejected": 0,
    }
    assert ["started", "settings", "stopping", "stopped"] == [line["message"] for line in lines]
    assert totals == {name: lines[-1][name] for name in totals}
    assert collector.grpc == lines[1]["grpc"]


def test_invalid_http_requests_are_counted_not_repeated(collector: CollectorProcess) -> None:
    """Thirty of them: one line at once, and one at the end that stands for the other 29."""
    host, _, port = collector.http.removeprefix("http://").rpartition(":")
    for _ in range(30):
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(b"nonsense\r\n\r\n")
            while connection.recv(1000):
                pass
    lines = [line for line in end(collector) if line["message"] == INVALID]

    assert [0, 28] == [line.get("repeated", 0) for line in lines]
    assert {("warning", "uvicorn.error")} == {(line["level"], line["logger"]) for line in lines}


def test_each_line_is_logfmt_by_default(tmp_path: Path) -> None:
    """Ours and those of others."""
    with logged_collector(tmp_path) as collector:
        with socket.create_connection(collector.http_address, timeout=20) as connection:
            connection.sendall(b"nonsense\r\n\r\n")
            while connection.recv(1000):
                pass
        collector.stop()
        lines = collector.log.read_text(encoding="utf-8").splitlines()

    messages = [match and match["message"] for match in map(LINE.fullmatch, lines)]
    assert ["started", "settings", f'"{INVALID}"', "stopping", "stopped"] == messages


def test_the_settings_have_no_secret(tmp_path: Path) -> None:
    """Scopes of tokens, not tokens."""
    token = "0123456789abcdef-secret"  # noqa: S105 - opens nothing
    with logged_collector(tmp_path, environ={"TOKENLAKE_INGEST_TOKEN": token}) as collector:
        collector.stop()
        output = collector.output()

    assert "token_scopes=ingest" in output
    assert token not in output


def test_warnings_of_python_are_lines_like_others(tmp_path: Path) -> None:
    """What libraries warn about with the `warnings` module."""
    program = tmp_path / "warns.py"
    program.write_text(
        "import warnings\n"
        "from tokenlake_collector.logs import log_to_stderr\n"
        "log_to_stderr('info', 'json')\n"
        "warnings.warn('old', FutureWarning)\n",
        encoding="utf-8",
    )
    ended = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, check=True, env=clean_environment()
    )

    (line,) = ended.stderr.splitlines()
    assert ("warning", "py.warnings") == tuple(json.loads(line)[name] for name in ("level", "logger"))
