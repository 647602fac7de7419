"""A folder with a secret, and a ledger with every recorded run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.captures import case, cases
from harness.collector_process import CollectorProcess, running_collector
from harness.table import store_recorded
from tokenlake_collector.storage.ledger import Ledger

CONTENT = "top,secret\n1,2\n"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("secrets")
    (path / "secret.csv").write_text(CONTENT)
    (path / "keys.csv").write_text(CONTENT)
    return path


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger of a collector that has stopped, with all recorded runs."""
    path = tmp_path_factory.mktemp("ledger") / "usage.duckdb"
    ledger = Ledger.open(path)
    for recorded in cases():
        store_recorded(ledger, recorded.requests)
    ledger.close()
    return path


@pytest.fixture(scope="session")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CollectorProcess]:
    """A running collector with one recorded run, and small limits."""
    db = tmp_path_factory.mktemp("running") / "usage.duckdb"
    ledger = Ledger.open(db)
    store_recorded(ledger, case("genai-anthropic").requests)
    ledger.close()
    options = ("--sql-timeout-s", "2", "--sql-max-rows", "1000", "--sql-max-mib", "1")
    with running_collector(db, *options) as running:
        yield running
