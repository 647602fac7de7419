"""What every test of the statistics starts from: an empty table and no source from elsewhere."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from harness.ledger_rows import insert_rows, new_ledger
from tokenlake_queries import set_default_source

_VARIABLES = ("TOKENLAKE_DB", "TOKENLAKE_URL", "TOKENLAKE_TIMEZONE", "TOKENLAKE_TOKEN")


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
    yield
    set_default_source(None)


@pytest.fixture
def table() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to an empty token_usage in memory."""
    with new_ledger() as connection:
        yield connection


@pytest.fixture
def calls(table: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Four calls: 110, 220 and 0 tokens at anthropic (the last failed), 1,000 at openai."""
    common: dict[str, Any] = {
        "endpoint_name": "anthropic",
        "channel": "web",
        "user_id": "ann",
        "operation_type": "chat",
    }
    openai: dict[str, Any] = {"endpoint_name": "openai", "operation_type": "embeddings", "model": "m3"}
    rows = [
        common | {"model": "m1", "input_tokens": 100, "output_tokens": 10, "estimated_cost": 0.1},
        common | {"model": "m2", "input_tokens": 200, "output_tokens": 20, "estimated_cost": 0.2},
        common | {"model": "m2", "error_type": "timeout"},
        openai | {"user_id": "bob", "input_tokens": 1000, "output_tokens": 0},
    ]
    insert_rows(table, [{"timestamp": f"2026-03-01 1{hour}:00:00"} | row for hour, row in enumerate(rows)])
    return table
