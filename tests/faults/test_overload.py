"""More than can be committed: the rest is told to come again, memory stays bounded, and nothing is lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from harness.collector_process import CollectorProcess, running_collector
from harness.known_traffic import Batch, big_batches, truth_of
from harness.memory import peak_mib
from harness.retrying_client import EXPORT_TRACES, GrpcSender, HttpSender, Sender
from harness.stored_spans import difference, nothing_wrong

MIB = 2**20


def http_reply(collector: CollectorProcess, batch: Batch) -> object:
    """Return 200, or the code and what else a sender needs to know when to try again."""
    headers = {"Content-Type": "application/x-protobuf"}
    reply = httpx.post(f"{collector.http}/v1/traces", content=batch.payload, headers=headers, timeout=60)
    return 200 if reply.status_code == 200 else (reply.status_code, int(reply.headers["Retry-After"]) > 0)


def grpc_reply(collector: CollectorProcess, batch: Batch) -> object:
    """Return OK, or the code and what else a sender needs to know when to try again."""
    with grpc.insecure_channel(collector.grpc, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        try:
            export: Any = channel.unary_unary(EXPORT_TRACES)
            export(batch.payload, timeout=60)
        except grpc.RpcError as error:
            failed: Any = error
            details = dict(failed.trailing_metadata())["grpc-status-details-bin"]
            retry = RetryInfo()
            Status.FromString(details).details[0].Unpack(retry)
            return failed.code(), retry.retry_delay.seconds > 0
    return grpc.StatusCode.OK


@pytest.mark.parametrize(
    ("reply", "taken", "refused"),
    [
        (http_reply, 200, (503, True)),
        (grpc_reply, grpc.StatusCode.OK, (grpc.StatusCode.UNAVAILABLE, True)),
    ],
)
def test_what_is_beyond_the_bound_is_told_when_to_come_again(
    reply: Any, taken: object, refused: object, tmp_path: Path
) -> None:
    """Twelve senders of 2 MiB at once, where 4 MiB may wait: some are taken, the others may retry."""
    db = tmp_path / "usage.duckdb"
    batches = big_batches(12, 2 * MIB)
    together = threading.Barrier(len(batches))

    def send(batch: Batch) -> object:
        together.wait()
        return reply(collector, batch)

    with (
        running_collector(db, "--max-waiting-mib", "4") as collector,
        ThreadPoolExecutor(len(batches)) as pool,
    ):
        replies = list(pool.map(send, batches))
        code = collector.stop()
    acknowledged = [batch for batch, answer in zip(batches, replies, strict=True) if answer == taken]

    assert {taken, refused} == set(replies)
    assert 0 == code
    assert nothing_wrong(acknowledged) == difference(db, acknowledged)


def deliver_all(db: Path, batches: list[Batch], *options: str) -> tuple[int, int]:
    """Send all at once over both transports, each until acknowledged; return peak MiB and exit code."""

    def deliver(number: int) -> None:
        sender: Sender = GrpcSender(collector.grpc) if number % 2 else HttpSender(collector.http)
        while not sender.send(batches[number].payload):
            pause.wait(0.2)
        sender.close()

    pause = threading.Event()
    with running_collector(db, *options) as collector, ThreadPoolExecutor(len(batches)) as pool:
        list(pool.map(deliver, range(len(batches))))
        peak = peak_mib(collector.process.pid)
        return peak, collector.stop()


@pytest.mark.parametrize(("senders", "mib"), [(1, 60), (16, 8)])
def test_memory_stays_bounded_whatever_is_sent(senders: int, mib: int, tmp_path: Path) -> None:
    """With the default limits the collector never needs more than 600 MB, and everything is stored once."""
    db = tmp_path / "usage.duckdb"
    batches = big_batches(senders, mib * MIB)
    peak, code = deliver_all(db, batches)

    assert 0 == code
    assert nothing_wrong(batches) == difference(db, batches)
    assert truth_of(batches).counted == sum(batch.spans for batch in batches)
    assert peak <= 600
