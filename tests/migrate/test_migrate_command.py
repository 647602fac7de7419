"""`tokenlake migrate` beside a collector that goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.collector_process import CollectorProcess, running_collector
from harness.console import console
from harness.migrating import rows_of, send


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[CollectorProcess]:
    with running_collector(tmp_path / "usage.duckdb") as running:
        yield running


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy of a running collector's ledger is made in the current folder."""
    monkeypatch.chdir(tmp_path)


def test_a_collector_goes_on_and_is_caught_up_with(collector: CollectorProcess, tmp_path: Path) -> None:
    """Twice while it runs and receives, and once after its end: then both are equal."""
    target = tmp_path / "target.duckdb"
    options = ("migrate", "--from", collector.db, "--to", target, "--url", collector.http)
    runs = []
    for numbers in ((1, 2, 3), (4, 5)):
        send(collector.http, *numbers)
        runs.append(console(*options))
    send(collector.http, 6)
    collector.stop()
    runs.append(console(*options))

    assert [0, 0, 0] == [run.returncode for run in runs]
    # All spans are of one hour, which is moved whole.
    asked = [(3, collector.http), (5, collector.http), (6, collector.db)]
    assert [f"{target}: {rows} rows moved from {name}" for rows, name in asked] == [
        run.stdout.splitlines()[-1] for run in runs
    ]
    assert 6 == len(rows_of(target)["token_usage"])
    assert rows_of(Path(collector.db)) == rows_of(target)
    assert [] == list(tmp_path.glob(".tokenlake-migrate*"))
