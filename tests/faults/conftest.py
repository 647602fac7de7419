"""A ledger as `kill -9` leaves it, for the tests that damage it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.crashed_ledger import copied, crashed_ledger


@pytest.fixture(scope="session")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make it once; nobody may touch it."""
    db = tmp_path_factory.mktemp("crashed") / "usage.duckdb"
    crashed_ledger(db)
    return db


@pytest.fixture
def db(crashed: Path, tmp_path: Path) -> Path:
    """Return a copy, with its log beside it; most tests have a `db` of their own instead."""
    return copied(crashed, tmp_path / "usage.duckdb")
