"""A collector with --keep-days prunes by itself, and tells who sends what is older."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from harness.collector_process import CollectorProcess, start_collector
from harness.console import console
from harness.exporting import PROTOBUF, post
from harness.ledger_rows import insert_rows
from harness.otlp import SpanSpec, trace_bytes
from harness.table import contents
from tokenlake_collector.errors import CommitFailed
from tokenlake_collector.retention.keeper import Keeper
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.ledger import Ledger

NOW = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
MOMENTS = [NOW - timedelta(days=days) for days in (40, 32, 29, 0)]
"""With 30 days kept, the last two stay, whatever the time of day."""


def fill(ledger: Ledger) -> Ledger:
    ledger.transaction(lambda c: insert_rows(c, [{"timestamp": moment} for moment in MOMENTS]))
    return ledger


def moments(ledger: Ledger) -> list[datetime]:
    return sorted(row[1] for row in contents(ledger)["token_usage"])


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[CollectorProcess]:
    """A running collector that keeps 30 days, and has pruned."""
    fill(Ledger.open(tmp_path / "usage.duckdb")).close()
    running = start_collector(tmp_path / "usage.duckdb", "--keep-days", "30", stderr=subprocess.PIPE)
    assert running.process.stderr is not None
    assert any("pruned" in line for line in running.process.stderr)
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.wait()


def test_a_collector_keeps_so_many_days(collector: CollectorProcess) -> None:
    """From its start; an old span is rejected, a young one taken, and the file says so afterwards."""
    starts = [round(moment.replace(tzinfo=UTC).timestamp()) * 10**9 for moment in MOMENTS]
    old, young = (trace_bytes(SpanSpec(start_ns=starts[place])) for place in (0, 3))
    replies = [post(collector, Signal.TRACES, body, {"Content-Type": PROTOBUF}) for body in (old, young)]
    held = console("prune", "--before", "2026-01-01", "--db", collector.db)
    assert 0 == collector.stop()
    ledger = Ledger.open(collector.db)

    assert [1, None] == [reply.rejected for reply in replies]
    assert "was pruned and stays out" in replies[0].message
    assert (2, True) == (held.returncode, "stop it first, or run it with --keep-days" in held.stderr)
    assert [*MOMENTS[2:], MOMENTS[3]] == moments(ledger)
    ledger.close()


def test_pruning_that_failed_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A failure is one warning, and no row is lost or left half deleted."""
    ledger = fill(Ledger.open(":memory:"))

    def fails(*_: object) -> None:
        raise CommitFailed("the disk is full")

    with monkeypatch.context() as broken, caplog.at_level(logging.WARNING):
        broken.setattr(Ledger, "beside", fails)
        Keeper(ledger, 30, ZoneInfo("UTC")).stop()
    assert ["old rows could not be pruned, it will be tried again: the disk is full"] == caplog.messages
    assert MOMENTS == moments(ledger)

    Keeper(ledger, 30, ZoneInfo("UTC")).stop()
    assert MOMENTS[2:] == moments(ledger)
