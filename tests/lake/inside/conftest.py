"""One PostgreSQL for all tests, and a ledger of its own for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.lakes import Lakes
from harness.postgres import PostgreSQL, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgreSQL]:
    """A running server."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def lakes(postgres: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Lakes:
    """Where a test gets its ledgers."""
    return Lakes(postgres, tmp_path_factory.mktemp("lake"))
