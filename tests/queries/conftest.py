"""What every test of the statistics starts from: an empty table and no source from elsewhere."""

from collections.abc import Iterator

import duckdb
import pytest

from harness.ledger_rows import new_ledger
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
