"""An agent whose collector is away, or which dies itself: what was reported arrives, and is counted once."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.collector_process import CollectorProcess, running_collector, start_collector
from harness.free_ports import free_port
from harness.known_traffic import Truth
from harness.spooling_agent import INPUT_TOKENS, OUTPUT_TOKENS, spooled_files, spooling_agent
from harness.stored_spans import totals

BOTH = pytest.mark.parametrize("scheme", ["grpc", "http"])
NO_PATIENCE = {"OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
"""Seconds that an exporter retries by itself; its default is 10."""


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "usage.duckdb"


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def ports() -> dict[str, int]:
    return {"grpc": free_port(), "http": free_port()}


def target_of(scheme: str, ports: dict[str, int]) -> str:
    return f"{scheme}://127.0.0.1:{ports[scheme]}"


def start_at(db: Path, ports: dict[str, int]) -> CollectorProcess:
    return start_collector(db, "--grpc", f"127.0.0.1:{ports['grpc']}", "--http", f"127.0.0.1:{ports['http']}")


def truth(calls: int) -> Truth:
    return Truth(calls, 0, calls * INPUT_TOKENS, calls * OUTPUT_TOKENS)


@BOTH
def test_an_outage_of_one_and_a_half_lives_loses_nothing(
    scheme: str, db: Path, spool: Path, ports: dict[str, int]
) -> None:
    """The collector is away for a whole process and half of the next, which sends for both of them."""
    with spooling_agent(target_of(scheme, ports), spool, NO_PATIENCE) as agent:
        agent.tell("make", 1_500)
        agent.finish()
    waiting = spooled_files(spool)

    with spooling_agent(target_of(scheme, ports), spool, NO_PATIENCE) as agent:
        agent.tell("make", 700)
        reached = agent.tell("flush", 5_000)
        collector = start_at(db, ports)
        agent.tell("make", 300)
        agent.tell("flush", 20_000)
        agent.finish()
    collector.stop()

    assert ([3, False]) == [len(waiting), reached]
    assert [] == spooled_files(spool)
    assert truth(2_500) == totals(db)


@BOTH
def test_a_collector_that_is_killed_meanwhile_loses_nothing(
    scheme: str, db: Path, spool: Path, ports: dict[str, int]
) -> None:
    """It is killed after it has answered, and is back only after the agent has gone on for a while."""
    collector = start_at(db, ports)
    with spooling_agent(target_of(scheme, ports), spool, NO_PATIENCE) as agent:
        agent.tell("make", 600)
        before = agent.tell("flush", 20_000)
        with collector.process:
            collector.process.kill()
        agent.tell("make", 1_100)
        during = agent.tell("flush", 20_000)
        collector = start_at(db, ports)
        agent.tell("make", 200)
        after = agent.tell("flush", 20_000)
        agent.finish()
    collector.stop()

    assert [True, False, True] == [before, during, after]
    assert truth(1_900) == totals(db)


@BOTH
def test_a_killed_agent_leaves_what_it_spooled(
    scheme: str, db: Path, spool: Path, ports: dict[str, int]
) -> None:
    """`kill -9` takes only what was not flushed; the next process sends the rest."""
    with spooling_agent(target_of(scheme, ports), spool) as agent:
        agent.tell("make", 800)
        agent.tell("flush", 1_000)
        agent.tell("make", 5)
        agent.kill()

    collector = start_at(db, ports)
    with spooling_agent(target_of(scheme, ports), spool) as agent:
        agent.tell("flush", 20_000)
        agent.finish()
    collector.stop()

    assert [] == spooled_files(spool)
    assert truth(800) == totals(db)


def test_an_agent_ends_soon_though_the_collector_is_away(spool: Path, ports: dict[str, int]) -> None:
    """Its end waits three seconds for an answer, not the exporter's ten, and everything is on the disk."""
    with spooling_agent(target_of("http", ports), spool) as agent:
        agent.tell("make", 10)
        agent.process.communicate(timeout=8)

    assert ["10"] == [path.name.split("-")[2] for path in spooled_files(spool)]


def test_forked_workers_send_their_own_calls_once(db: Path, spool: Path) -> None:
    """The parent has calls in its queue, and a connection in use, when it forks."""
    with running_collector(db) as collector, spooling_agent(collector.http, spool) as agent:
        agent.tell("make", 10)
        agent.tell("flush", 20_000)
        agent.tell("make", 5)
        codes = [agent.tell("fork", 100) for _ in range(3)]
        agent.finish()

    assert [0, 0, 0] == codes
    assert truth(315) == totals(db)


def test_two_agents_share_a_spool(db: Path, spool: Path, ports: dict[str, int]) -> None:
    """Both spool during an outage, both go on when it is over, and each call is counted once."""
    target = target_of("http", ports)
    with (
        spooling_agent(target, spool, NO_PATIENCE) as one,
        spooling_agent(target, spool, NO_PATIENCE) as other,
    ):
        for agent in (one, other):
            agent.tell("make", 2_000)
            agent.tell("flush", 2_000)
        collector = start_at(db, ports)
        for agent in (one, other):
            agent.tell("make", 500)
            agent.tell("flush", 20_000)
            agent.finish()
    collector.stop()

    assert [] == spooled_files(spool)
    assert truth(5_000) == totals(db)
