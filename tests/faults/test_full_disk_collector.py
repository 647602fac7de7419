"""A real collector whose disk is full: senders retry, readiness says why, it recovers by itself, exactly."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from harness.collector_process import CollectorProcess, running_collector
from harness.crashed_ledger import ledger_before_its_checkpoint
from harness.full_disk import lift_limit, limit_files
from harness.known_traffic import Batch, KnownTraffic
from harness.retrying_client import GrpcSender, HttpSender, RetryingClient, Sender
from harness.small_disk import fill, small_disk
from harness.stored_spans import difference, nothing_wrong
from tokenlake_collector.storage.write_ahead_log import CHECKPOINT_BYTES

ROOM = 300_000
Act = Callable[[], object]


def ready(collector: CollectorProcess) -> tuple[int, str]:
    """Return the code and the reason of /readyz."""
    reply = httpx.get(f"{collector.http}/readyz", timeout=20)
    return reply.status_code, reply.json().get("reason", "")


def send_until_refused(collector: CollectorProcess, traffic: KnownTraffic) -> list[Batch]:
    """Send batch after batch; the last one was told to come again, all others are acknowledged."""
    sender = HttpSender(collector.http)
    batches = [traffic.next()]
    while sender.send(batches[-1].payload):
        batches.append(traffic.next())
    sender.close()
    return batches


def send_while_it_comes_back(collector: CollectorProcess, traffic: KnownTraffic, give: Act) -> list[Batch]:
    """Let senders try in vain, make room, and return what they got acknowledged."""
    senders: list[Sender] = [
        HttpSender(collector.http),
        HttpSender(collector.http),
        GrpcSender(collector.grpc),
    ]
    client = RetryingClient(traffic, senders, seed=2)
    in_vain = threading.Event()
    try:
        wait_for(in_vain, client, lambda: client.deliveries.sent >= 12)
        assert 503 == ready(collector)[0]
        give()
        assert 200 == ready(collector)[0]
        wait_for(in_vain, client, lambda: len(client.deliveries.acknowledged) >= 12)
        return client.finish().acknowledged
    finally:
        client.abandon()


def wait_for(never: threading.Event, client: RetryingClient, condition: Callable[[], bool]) -> None:
    while not condition():
        client.check()
        never.wait(0.02)


def deliver_the_rest(collector: CollectorProcess, traffic: KnownTraffic, refused: Batch) -> list[Batch]:
    """Send what was refused once more, and the batches that belong to those that were sent."""
    sender = HttpSender(collector.http)
    rest = [refused]
    while traffic._next:
        rest.append(traffic.next())
    assert {True} == {sender.send(batch.payload) for batch in rest}
    sender.close()
    return rest


def assert_nothing_is_lost(collector: CollectorProcess, db: Path, take: Act, give: Act) -> None:
    """Fill the disk, look, make room, and compare the ledger with what was acknowledged."""
    traffic = KnownTraffic(seed=1)
    stored = deliver_the_rest(collector, traffic, traffic.next())
    take()
    *more, refused = send_until_refused(collector, traffic)
    stored += more
    code, reason = ready(collector)
    reading = httpx.get(f"{collector.http}/metrics/token/total").status_code
    stored += send_while_it_comes_back(collector, traffic, give)
    stored += deliver_the_rest(collector, traffic, refused)
    assert 0 == collector.stop()

    assert (503, 200) == (code, reading)
    assert "the disk is full: make room" in reason
    assert nothing_wrong(stored) == difference(db, stored)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "usage.duckdb"


def test_a_log_that_cannot_grow(db: Path) -> None:
    """The commit itself fails: the database stays usable, and reads go on."""
    with running_collector(db) as collector:
        process = collector.process.pid
        assert_nothing_is_lost(collector, db, lambda: limit_files(ROOM, process), lambda: lift_limit(process))


def test_a_checkpoint_that_cannot_be_written(db: Path) -> None:
    """The commits succeed and the checkpoint after them fails: the collector opens its database again."""
    ledger_before_its_checkpoint(db)
    assert db.stat().st_size > CHECKPOINT_BYTES + ROOM
    with running_collector(db) as collector:
        process, size = collector.process.pid, db.stat().st_size + ROOM
        assert_nothing_is_lost(collector, db, lambda: limit_files(size, process), lambda: lift_limit(process))


@pytest.mark.skipif(os.environ.get("TOKENLAKE_CHAOS") != "1", reason="a long run: TOKENLAKE_CHAOS=1")
@pytest.mark.parametrize("room", [200_000, 2_000_000, 18_000_000])
def test_a_small_disk(room: int, tmp_path: Path) -> None:
    """A real file system without room for more of the log."""
    with small_disk(tmp_path / "disk", 64) as disk:
        db = disk / "usage.duckdb"
        with running_collector(db) as collector:
            filler = disk / "filler"
            assert_nothing_is_lost(collector, db, lambda: fill(filler, room), filler.unlink)


@pytest.mark.skipif(os.environ.get("TOKENLAKE_CHAOS") != "1", reason="a long run: TOKENLAKE_CHAOS=1")
@pytest.mark.parametrize("room", [200_000, 2_000_000, 18_000_000])
def test_a_small_disk_when_a_checkpoint_is_due(room: int, tmp_path: Path) -> None:
    """A real file system without room for the log, or for the checkpoint after 1.5 MB more of it."""
    with small_disk(tmp_path / "disk", 512) as disk:
        db = disk / "usage.duckdb"
        ledger_before_its_checkpoint(db)
        with running_collector(db) as collector:
            filler = disk / "filler"
            assert_nothing_is_lost(collector, db, lambda: fill(filler, room), filler.unlink)
