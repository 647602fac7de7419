"""SIGTERM and SIGINT: what was taken is committed and acknowledged, then the process ends with 0."""

from __future__ import annotations

import concurrent.futures
import signal
import time
from pathlib import Path

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2

from harness.collector_process import CollectorProcess, start_collector
from harness.otlp import SpanSpec, trace_bytes
from tokenlake_collector.storage.ledger import Ledger

Sent = tuple[int, bool]


def send(collector: CollectorProcess, number: int) -> Sent:
    """Send one span and tell whether it was acknowledged."""
    payload = trace_bytes(SpanSpec(span_id=number + 1, trace_id=number + 1))
    try:
        reply = httpx.post(
            f"{collector.http}/v1/traces",
            content=payload,
            headers={"Content-Type": "application/x-protobuf"},
            timeout=20,
        )
    except httpx.TransportError:
        return number, False
    assert reply.status_code in {200, 503}, reply.text
    return number, reply.status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_every_acknowledged_span_is_there_after_a_stop_under_load(
    number: signal.Signals, tmp_path: Path
) -> None:
    """Requests in flight are acknowledged and stored, or not acknowledged; none is acknowledged and lost."""
    db = tmp_path / "usage.duckdb"
    collector = start_collector(db)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        sending = [pool.submit(send, collector, index) for index in range(400)]
        for done, _ in zip(concurrent.futures.as_completed(sending), range(50), strict=False):
            done.result()
        begun = time.monotonic()
        code = collector.stop(number)
        took = time.monotonic() - begun
        acknowledged = {index for index, ok in (future.result() for future in sending) if ok}
    ledger = Ledger.open(db)
    with ledger.cursor() as cursor:
        stored = {row[0] - 1 for row in cursor.execute("SELECT span_id FROM token_usage").fetchall()}
        rows = cursor.execute("SELECT count(*) FROM token_usage").fetchall()[0][0]
    ledger.close()

    assert 0 == code
    assert took < 10
    assert set() == acknowledged - stored
    assert len(acknowledged) >= 50
    assert rows == len(stored)


def test_no_write_ahead_log_is_left_behind(tmp_path: Path) -> None:
    """The stop writes a checkpoint: the folder holds the ledger and nothing else."""
    db = tmp_path / "usage.duckdb"
    collector = start_collector(db)
    assert (0, True) == send(collector, 0)
    collector.stop()

    assert ["usage.duckdb"] == [path.name for path in tmp_path.iterdir()]


def test_the_health_service_says_that_it_serves(tmp_path: Path) -> None:
    """The standard gRPC health service answers for the server and for each OTLP service."""
    collector = start_collector(tmp_path / "usage.duckdb")
    try:
        with grpc.insecure_channel(collector.grpc) as channel:
            check: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
                "/grpc.health.v1.Health/Check"
            )
            names = [
                "",
                *(
                    f"opentelemetry.proto.collector.{signal}.v1.{name}Service"
                    for signal, name in (("trace", "Trace"), ("logs", "Logs"), ("metrics", "Metrics"))
                ),
            ]
            requests = [health_pb2.HealthCheckRequest(service=name).SerializeToString() for name in names]
            answers = [health_pb2.HealthCheckResponse.FromString(check(request)) for request in requests]
    finally:
        collector.stop()

    assert [health_pb2.HealthCheckResponse.SERVING] * 4 == [answer.status for answer in answers]
