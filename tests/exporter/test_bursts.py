"""Calls as fast as one process can make them: none is lost, whether the collector is there or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.collector_process import running_collector
from harness.deliveries import AWAY
from harness.known_traffic import Truth
from harness.spooling_agent import spooled_files, spooling_agent
from harness.stored_spans import totals

BURST = 50_000


@pytest.mark.parametrize("scheme", ["grpc", "http"])
def test_a_burst_arrives(scheme: str, tmp_path: Path) -> None:
    """All 50,000 calls of 1,003 and 211 tokens are in the ledger, and the spool is empty."""
    db, spool = tmp_path / "usage.duckdb", tmp_path / "spool"
    with running_collector(db) as collector:
        target = collector.http if scheme == "http" else f"grpc://{collector.grpc}"
        with spooling_agent(target, spool) as agent:
            agent.tell("make", BURST)
            agent.tell("shut_down", 60)
            statistics = agent.tell("statistics")

    assert (BURST, {}) == (statistics["sent"], statistics["dropped"])
    assert [] == spooled_files(spool)
    assert Truth(BURST, 0, 50_150_000, 10_550_000) == totals(db)


def test_a_burst_waits_on_the_disk_while_the_collector_is_away(tmp_path: Path) -> None:
    """The files' names say how many spans they hold: 50,000 in all."""
    with spooling_agent(AWAY, tmp_path) as agent:
        agent.tell("make", BURST)
        agent.tell("shut_down", 60)
        statistics = agent.tell("statistics")

    assert {"sent": 0, "spooled": BURST, "dropped": {}} == statistics
    assert BURST == sum(int(path.name.split("-")[2]) for path in spooled_files(tmp_path))


def test_without_a_spool_every_loss_is_counted_and_logged(tmp_path: Path) -> None:
    """With the spool off and the collector away, all 3,000 calls are lost, and the log says it."""
    with spooling_agent(AWAY, "off", {"OTEL_EXPORTER_OTLP_TIMEOUT": "1"}) as agent:
        agent.tell("make", 3_000)
        agent.tell("shut_down", 20)
        statistics = agent.tell("statistics")
        log = agent.finish()

    assert {"sent": 0, "spooled": 0, "dropped": {"NO_SPOOL": 3_000}} == statistics
    assert "(3000 in all): the collector did not take them and there is no spool" in log
