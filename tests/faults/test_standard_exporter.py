"""A program with OpenTelemetry's own exporter: whatever happens to the collector, the totals are exact."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.collector_process import CollectorProcess, running_collector, start_collector
from harness.free_ports import free_port
from harness.full_disk import lift_limit, limit_files
from harness.known_traffic import KnownTraffic, Truth, truth_of
from harness.retrying_client import HttpSender, RetryingClient
from harness.standard_exporter import Exporter, standard_program
from harness.stored_spans import totals

EXPORTERS = pytest.mark.parametrize("exporter", list(Exporter), ids=["grpc", "http"])


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "usage.duckdb"


def start_at(db: Path, ports: tuple[int, int]) -> CollectorProcess:
    grpc, http = ports
    return start_collector(db, "--grpc", f"127.0.0.1:{grpc}", "--http", f"127.0.0.1:{http}")


@EXPORTERS
def test_it_outlives_a_kill_of_the_collector(exporter: Exporter, db: Path) -> None:
    """Killed among its requests and started again within the exporter's patience of about ten seconds."""
    ports = free_port(), free_port()
    collector = start_at(db, ports)
    with standard_program(exporter, collector) as program:
        program.make(3_000)
        with collector.process:
            collector.process.kill()
        program.make(2_000)
        collector = start_at(db, ports)
        program.make(1_000)
        undelivered = program.finish()

    assert ([], 0) == (undelivered, collector.stop())
    assert Truth(6_000, 0, 6_018_000, 1_266_000) == program.truth == totals(db)


@EXPORTERS
def test_it_outlives_a_full_disk(exporter: Exporter, db: Path) -> None:
    """The collector's files cannot grow until the exporter has been refused; then there is room again."""
    with running_collector(db) as collector, standard_program(exporter, collector) as program:
        program.make(100)
        limit_files(32 * 1024, collector.process.pid)
        program.make(3_000)
        program.wait_for_retry()
        lift_limit(collector.process.pid)
        program.make(900)
        undelivered = program.finish()
        code = collector.stop()

    assert ([], 0) == (undelivered, code)
    assert Truth(4_000, 0, 4_012_000, 844_000) == program.truth == totals(db)


@EXPORTERS
def test_it_outlives_an_overload(exporter: Exporter, db: Path) -> None:
    """Others send more than may wait, until the exporter has been refused."""
    with (
        running_collector(db, "--max-waiting-mib", "1") as collector,
        standard_program(exporter, collector) as program,
    ):
        others = RetryingClient(KnownTraffic(1), [HttpSender(collector.http) for _ in range(12)], 1)
        program.make(10_000)
        program.wait_for_retry()
        delivered = others.finish().acknowledged
        undelivered = program.finish()
        code = collector.stop()

    assert ([], 0) == (undelivered, code)
    assert program.truth + truth_of(delivered) == totals(db)
