"""Three collectors on one ledger say what one with a file of its own says that was fed once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness.captures import Request, cases
from harness.fleet import running_fleet
from harness.known_traffic import KnownTraffic
from harness.one_file import fed_once, statistics
from harness.postgres import PostgreSQL, running_postgres
from harness.retrying_client import RetryingClient

pytestmark = [pytest.mark.debian, pytest.mark.timeout(300)]

SEED = 20_261_124


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgreSQL]:
    with running_postgres() as server:
        yield server


def send_recordings(urls: list[str]) -> list[Request]:
    """Send every recorded request to any collector, a third of them to another one too, in any order."""
    choose = random.Random(SEED)  # noqa: S311 - no secret
    recorded = [request for case in cases() for request in case.requests]
    sent = [*recorded, *choose.sample(recorded, len(recorded) // 3)]
    choose.shuffle(sent)
    headers = {"Content-Type": "application/x-protobuf"}
    with httpx.Client(timeout=60) as client:
        for request in sent:
            url = f"{choose.choice(urls)}/v1/{request.signal.value}"
            client.post(url, content=request.payload, headers=headers).raise_for_status()
    return recorded


def test_they_are_as_exact_as_one(postgres: PostgreSQL, tmp_path: Path) -> None:
    """Recorded and generated load, at random over all of them, duplicates, impatient senders, two kills."""
    with running_fleet(postgres.new_ledger(), tmp_path / "lake", 3) as fleet:
        client = RetryingClient(KnownTraffic(SEED), fleet.senders(6, SEED), SEED)
        try:
            for killed in (1, 2):
                client.wait_for(acknowledged=12)
                fleet.kill(killed)
            client.wait_for(acknowledged=12)
            delivered = client.finish()
        finally:
            client.abandon()
        recorded = send_recordings([collector.http for collector in fleet.collectors])
        found = [statistics(collector.http) for collector in fleet.collectors]
        assert [0, 0, 0] == fleet.stop()

    expected = statistics(fed_once(tmp_path / "one.duckdb", delivered.acknowledged, recorded))
    assert delivered.refused > 0
    for name, value in expected.items():
        assert [value] * 3 == [one[name] for one in found]


def test_nothing_is_lost_while_postgresql_is_away(postgres: PostgreSQL, tmp_path: Path) -> None:
    """Requests are refused for as long, `/readyz` says why, and all goes on without a hand."""
    with running_fleet(postgres.new_ledger(), tmp_path / "lake", 2) as fleet:
        client = RetryingClient(KnownTraffic(SEED), fleet.senders(4, SEED), SEED)
        try:
            client.wait_for(acknowledged=12)
            postgres.crash()
            client.wait_for(refused=40)
            away = httpx.get(f"{fleet.collectors[0].http}/readyz", timeout=30)
            postgres.start()
            client.wait_for(acknowledged=12)
            delivered = client.finish()
        finally:
            client.abandon()
        back = httpx.get(f"{fleet.collectors[0].http}/readyz", timeout=30)
        found = statistics(fleet.collectors[1].http)

    assert (503, "failing") == (away.status_code, away.json()["status"])
    assert 200 == back.status_code
    expected = statistics(fed_once(tmp_path / "one.duckdb", delivered.acknowledged, []))
    assert expected == found
