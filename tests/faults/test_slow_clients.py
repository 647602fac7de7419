"""Clients that are slow, silent, many or half gone hold up nobody but themselves."""

from __future__ import annotations

import contextlib
import re
import select
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.rpc.status_pb2 import Status

from harness.collector_process import clean_environment
from harness.logged_collector import LoggedCollector, logged_collector
from harness.otlp import SpanSpec, trace_bytes
from tokenlake_collector.limits import KIB, MIB

PROTOBUF = "application/x-protobuf"
HEAD = f"POST /v1/traces HTTP/1.1\r\nHost: collector\r\nContent-Type: {PROTOBUF}\r\n".encode()
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
# A client's half of HTTP/2: the preface and an empty SETTINGS frame.
HTTP2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
LIMITS = ["--receive-timeout-s", "2", "--idle-timeout-s", "4", "--max-body-mib", "2"]


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoggedCollector]:
    """Requests have two seconds to arrive, connections four to be idle."""
    options = [*LIMITS, "--max-receiving-mib", "4", "--max-header-kib", "8"]
    with logged_collector(tmp_path_factory.mktemp("patient"), *options) as running:
        yield running


def dial(place: tuple[str, int], sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(place, timeout=20)
    connection.sendall(sent)
    return connection


def reply_of(connection: socket.socket) -> bytes:
    """Return one reply, head and body."""
    received = b""
    while not (length := re.search(rb"content-length: (\d+)\r\n(?:.*\r\n)*?\r\n", received)):
        received += _part(connection)
    while len(received) < length.end() + int(length[1]):
        received += _part(connection)
    return received


def _part(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    assert part, "the connection was closed"
    return part


def busy_connection(collector: LoggedCollector, size: int = 1) -> socket.socket:
    """Return a connection whose request is being read: the server has asked for its body."""
    head = HEAD + f"Expect: 100-continue\r\nContent-Length: {size}\r\n\r\n".encode()
    connection = dial(collector.http_address, head)
    assert b"HTTP/1.1 100 Continue\r\n\r\n" == connection.recv(25)
    return connection


def answer(connection: socket.socket) -> bytes:
    """Return all that comes until the other side closes."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def assert_served(collector: LoggedCollector, number: int) -> None:
    """A span is stored over each transport, each within two seconds."""
    over_http = trace_bytes(SpanSpec(span_id=number, trace_id=number))
    over_grpc = trace_bytes(SpanSpec(span_id=number + 1, trace_id=number))
    headers = {"Content-Type": PROTOBUF}
    reply = httpx.post(f"{collector.http}/v1/traces", content=over_http, headers=headers, timeout=2)
    with grpc.insecure_channel(collector.grpc) as channel:
        export: Any = channel.unary_unary(EXPORT)

        assert b"" == export(over_grpc, timeout=2)
    assert 200 == reply.status_code


def test_a_body_that_stalls_is_told_to_come_again(collector: LoggedCollector) -> None:
    """503 with Retry-After and a Status, after the time that a request has; others are served meanwhile."""
    begun = time.monotonic()
    with dial(collector.http_address, HEAD + b"Content-Length: 1000\r\n\r\n" + bytes(10)) as stalled:
        assert_served(collector, 100)
        reply = reply_of(stalled)
    took = time.monotonic() - begun
    head, _, body = reply.partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 2" in head
    assert (14, True) == (Status.FromString(body).code, "within 2 s" in Status.FromString(body).message)
    assert 2 <= took < 4


def test_a_call_that_stalls_is_told_to_come_again(collector: LoggedCollector) -> None:
    """UNAVAILABLE, after the same time; a channel that lives on is used again."""
    with grpc.insecure_channel(collector.grpc) as channel:
        never = threading.Event()
        never_ending: Any = channel.stream_unary(EXPORT)
        silence: Iterator[bytes] = (b"" for _ in iter(never.wait, None))
        begun = time.monotonic()
        with pytest.raises(grpc.RpcError) as caught:
            never_ending(silence, timeout=10)
        took = time.monotonic() - begun
        never.set()
        error: Any = caught.value
        whole: Any = channel.unary_unary(EXPORT)

        assert b"" == whole(trace_bytes(SpanSpec(span_id=1, trace_id=200)), timeout=2)
    assert (grpc.StatusCode.UNAVAILABLE, True) == (error.code(), "within 2 s" in error.details())
    assert 2 <= took < 4


@pytest.mark.parametrize("sent", [b"", b"POST /v1/tr", HEAD, HEAD + b"\r\n"], ids=len)
def test_a_head_that_stalls_loses_its_connection(sent: bytes, collector: LoggedCollector) -> None:
    """Silence from the start, in the middle of a head, and after a whole request."""
    with dial(collector.http_address, sent) as stalled:
        begun = time.monotonic()
        assert_served(collector, 300 + len(sent))
        reply = answer(stalled)
        took = time.monotonic() - begun

    assert reply.startswith(b"HTTP/1.1 200 ") == (sent == HEAD + b"\r\n")
    assert 1.5 < took < 7


def test_a_head_that_drips_has_no_more_time(collector: LoggedCollector) -> None:
    """A byte now and then does not keep a connection."""
    begun = time.monotonic()
    with dial(collector.http_address) as dripping, contextlib.suppress(ConnectionError):
        dripping.settimeout(0.2)
        for byte in HEAD * 10:
            dripping.sendall(bytes([byte]))
            with contextlib.suppress(TimeoutError):
                if not dripping.recv(1):
                    break

    assert 1.5 < time.monotonic() - begun < 4


@pytest.mark.parametrize("whole", [True, False])
def test_headers_over_the_limit_are_431(whole: bool, collector: LoggedCollector) -> None:
    """8 KiB here, in one header that ends or one that does not."""
    end = b"\r\n\r\n" if whole else b""
    with dial(collector.http_address, HEAD + b"X: " + bytes([65]) * 8 * KIB + end) as wordy:
        reply = answer(wordy)
    with dial(collector.http_address, HEAD + b"X: " + bytes([65]) * 7 * KIB + b"\r\n\r\n") as just_so:
        fits = just_so.recv(65536)

    assert reply.startswith(b"HTTP/1.1 431 ")
    assert fits.startswith(b"HTTP/1.1 200 ")


def test_metadata_over_the_limit_is_refused_over_grpc(collector: LoggedCollector) -> None:
    """RESOURCE_EXHAUSTED, without RetryInfo."""
    with grpc.insecure_channel(collector.grpc) as channel:
        export: Any = channel.unary_unary(EXPORT)
        with pytest.raises(grpc.RpcError) as caught:
            export(b"", metadata=[("x", "A" * 8 * KIB)], timeout=10)
        error: Any = caught.value

    assert grpc.StatusCode.RESOURCE_EXHAUSTED == error.code()


def test_a_body_that_says_that_it_is_too_large_is_not_read(collector: LoggedCollector) -> None:
    """413 at once, before any byte of it; the connection goes on when the body is through."""
    size = 2 * MIB + 1
    with dial(collector.http_address, HEAD + f"Content-Length: {size}\r\n\r\n".encode()) as large:
        reply = reply_of(large)
        large.sendall(bytes(size))
        large.sendall(HEAD + b"Content-Length: 0\r\n\r\n")
        next_reply = reply_of(large)

    assert reply.startswith(b"HTTP/1.1 413 ")
    assert next_reply.startswith(b"HTTP/1.1 200 ")


def test_all_bodies_that_are_arriving_have_one_budget(collector: LoggedCollector) -> None:
    """Of three bodies of 1.5 MiB in a budget of 4, one is told to come again and two get in."""
    size = 3 * MIB // 2
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(busy_connection(collector, size + 1)) for _ in range(3)]
        for connection in slow:
            connection.sendall(bytes(size))
        selected, _, _ = select.select(slow, [], [], 1.5)
        refused = reply_of(selected[0])
        assert_served(collector, 400)
        others = [c for c in slow if c is not selected[0]]
        for connection in others:
            connection.sendall(b"\x00")
        codes = [reply_of(connection)[9:12] for connection in others]

    assert refused.startswith(b"HTTP/1.1 503 ")
    assert b"arriving at once" in refused
    assert [b"400", b"400"] == codes


def test_a_thousand_idle_connections_take_nothing_from_others(tmp_path: Path) -> None:
    """A thousand on each listener, half of which begin to speak, with a soft limit of 256 open files."""
    options = ["--db", str(tmp_path / "usage.duckdb"), "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"]
    serve = [sys.executable, "-m", "tokenlake_collector", "serve", *options]
    shell = f"ulimit -Sn 256; exec {shlex.join(serve)}"
    with few_files(tmp_path, shell) as collector, contextlib.ExitStack() as stack:
        for number in range(1000):
            sent = b"" if number % 2 else b"POST /v1/traces HT"
            stack.enter_context(dial(collector.http_address, sent))
            stack.enter_context(dial(collector.grpc_address, b"" if number % 2 else HTTP2))
        assert_served(collector, 500)


@contextlib.contextmanager
def few_files(folder: Path, shell: str) -> Iterator[LoggedCollector]:
    with subprocess.Popen(
        ["bash", "-c", shell], stdout=subprocess.PIPE, text=True, env=clean_environment()
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        *_, grpc_place, _, http = line.replace(",", "").split()
        try:
            yield LoggedCollector(process, grpc_place, http, folder / "usage.duckdb", folder, line)
        finally:
            process.terminate()


def test_beyond_the_limit_the_longest_idle_connection_makes_room(tmp_path: Path) -> None:
    """HTTP: the first of eleven silent ones is closed, the last is served; a busy one is never closed."""
    with (
        logged_collector(tmp_path, "--max-connections", "10") as collector,
        contextlib.ExitStack() as stack,
    ):
        busy = stack.enter_context(busy_connection(collector))
        idle = [stack.enter_context(dial(collector.http_address)) for _ in range(9)]
        last = stack.enter_context(dial(collector.http_address, HEAD + b"\r\n"))
        served, closed = reply_of(last), idle[0].recv(1)
        busy.sendall(b"\x00")

        assert served.startswith(b"HTTP/1.1 200 ")
        assert b"" == closed
        assert reply_of(busy).startswith(b"HTTP/1.1 400 ")


def test_beyond_the_limit_of_busy_connections_the_next_is_told_to_come_again(tmp_path: Path) -> None:
    """503 with Retry-After; when one is through there is room."""
    with (
        logged_collector(tmp_path, "--max-connections", "3") as collector,
        contextlib.ExitStack() as stack,
    ):
        busy = [stack.enter_context(busy_connection(collector)) for _ in range(3)]
        with dial(collector.http_address) as one_more:
            reply = answer(one_more)
        busy[0].sendall(b"\x00")
        reply_of(busy[0])
        again = stack.enter_context(dial(collector.http_address, HEAD + b"\r\n"))

        assert reply.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 2" in reply
        assert again.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_grpc_has_the_same_number_of_connections(tmp_path: Path) -> None:
    """The third connection of two is not answered; when one ends, the next is."""
    with (
        logged_collector(tmp_path, "--max-connections", "2") as collector,
        contextlib.ExitStack() as stack,
    ):
        first, second = (stack.enter_context(dial(collector.grpc_address, HTTP2)) for _ in range(2))
        settings = [connection.recv(9)[3:4] for connection in (first, second)]
        with dial(collector.grpc_address, HTTP2) as third:
            refused = answer(third)
        first.close()
        with grpc.insecure_channel(collector.grpc) as channel:
            export: Any = channel.unary_unary(EXPORT)
            reply = export(b"", timeout=10, wait_for_ready=True)

    assert [b"\x04", b"\x04"] == settings
    assert b"" == refused
    assert b"" == reply


def test_half_closed_and_vanished_clients_are_forgotten(collector: LoggedCollector) -> None:
    """Closed for writing after a part of a request, and reset in the middle of one."""
    with contextlib.ExitStack() as stack:
        for sent in (b"", HEAD, HEAD + b"Content-Length: 1000\r\n\r\n" + bytes(10)):
            half = stack.enter_context(dial(collector.http_address, sent))
            half.shutdown(socket.SHUT_WR)
            assert not answer(half).startswith(b"HTTP/1.1 200 ")
            gone = dial(collector.http_address, sent)
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, 0, 0, 0, 0, 0, 0, 0]))
            gone.close()
            over_grpc = stack.enter_context(dial(collector.grpc_address, HTTP2[:30]))
            over_grpc.shutdown(socket.SHUT_WR)
        assert_served(collector, 600)


def test_a_silent_grpc_connection_is_closed(collector: LoggedCollector) -> None:
    """One that never speaks HTTP/2, and one that does and then has no call."""
    with dial(collector.grpc_address) as mute, dial(collector.grpc_address, HTTP2) as idle:
        begun = time.monotonic()
        answer(mute)
        said = answer(idle)

    assert said
    assert time.monotonic() - begun < 15


def test_a_shutdown_tells_slow_senders_to_come_again(tmp_path: Path) -> None:
    """A body that is still arriving gets 503 and not 500; the process ends with 0 within its deadline."""
    with logged_collector(tmp_path, "--shutdown-s", "4") as collector:
        with busy_connection(collector) as slow:
            assert_served(collector, 700)
            begun = time.monotonic()
            collector.process.terminate()
            reply = reply_of(slow)
        code = collector.process.wait(timeout=30)
        took = time.monotonic() - begun

    assert reply.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 2" in reply
    assert (0, True) == (code, took < 4)
