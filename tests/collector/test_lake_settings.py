"""What is asked of a ledger on DuckLake is checked before anything is opened."""

from __future__ import annotations

import pytest

from tokenlake_collector.addresses import Address
from tokenlake_collector.config import Settings
from tokenlake_collector.errors import StartupError

HERE = Address("127.0.0.1", 0)


def test_a_data_path_beside_a_file_is_refused() -> None:
    """It would be ignored, and its owner would look for the rows there."""
    with pytest.raises(StartupError, match=r"--data-path /rows: the file --db usage\.duckdb needs none"):
        Settings("usage.duckdb", HERE, HERE, data_path="/rows")


def test_a_catalogue_elsewhere_is_refused() -> None:
    """Several writers need PostgreSQL's locks."""
    with pytest.raises(StartupError, match=r"--db ducklake:usage\.db: the catalogue must be in PostgreSQL"):
        Settings("ducklake:usage.db", HERE, HERE)
