"""Repricing a ledger, in one transaction and page by page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

import duckdb
import pyarrow as pa
import pytest

from harness.ledger_rows import insert_rows
from tokenlake_collector.prices import PriceBook, repricing
from tokenlake_collector.prices.repricing import Repricing, Scope
from tokenlake_collector.storage.opening import open_memory


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    """Seven calls of a million tokens, two of which are gone again, in pages of two."""
    monkeypatch.setattr(repricing, "_PAGE", 2)
    with closing(open_memory()) as opened:
        rows = [
            {"timestamp": datetime(2026, 11, 1, hour), "model": "gpt-5", "input_tokens": 1_000_000}
            for hour in range(7)
        ]
        insert_rows(opened, rows)
        opened.execute("DELETE FROM token_usage WHERE hour(timestamp) IN (0, 3)")
        yield opened


def costs(connection: duckdb.DuckDBPyConnection) -> list[float | None]:
    rows = connection.execute("SELECT computed_cost FROM token_usage ORDER BY timestamp").fetchall()
    return [cost for (cost,) in rows]


def test_all_pages_are_looked_at(connection: duckdb.DuckDBPyConnection) -> None:
    """Five calls at 1.25 USD."""
    (difference,) = Repricing(connection, PriceBook()).differences()

    assert (5, 0.0, 6.25) == (difference.rows, difference.old_usd, difference.new_usd)
    assert 5 == Repricing(connection, PriceBook()).apply()
    assert [1.25] * 5 == costs(connection)


def test_the_scope_bounds_the_time(connection: duckdb.DuckDBPyConnection) -> None:
    """From two o'clock, inclusive, to five, exclusive: two and four are there."""
    scope = Scope(datetime(2026, 11, 1, 2), datetime(2026, 11, 1, 5))

    assert 2 == Repricing(connection, PriceBook(), scope).apply()
    assert [None, 1.25, 1.25, None, None] == costs(connection)


def test_a_failure_changes_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    """The third page fails; the first two are as they were, and the connection can be used again."""

    class Broken(PriceBook):
        pages = 0

        def compute(self, rows: pa.Table) -> pa.Array:
            self.pages += 1
            if self.pages == 3:
                raise ArithmeticError
            return super().compute(rows)

    with pytest.raises(ArithmeticError):
        Repricing(connection, Broken()).apply()

    assert [None] * 5 == costs(connection)
    assert 5 == Repricing(connection, PriceBook()).apply()


def test_a_price_that_is_gone_is_unknown_again(connection: duckdb.DuckDBPyConnection) -> None:
    """A computed cost of a model that nobody lists any more becomes NULL, and the estimate with it."""
    connection.execute("UPDATE token_usage SET model = 'gone', computed_cost = 1, estimated_cost = 1")

    Repricing(connection, PriceBook()).apply()

    assert [None] * 5 == costs(connection)
    assert [(0,)] == connection.execute("SELECT count(estimated_cost) FROM token_usage").fetchall()


def test_an_empty_ledger() -> None:
    """Nothing to look at, nothing to change."""
    with closing(open_memory()) as opened:
        assert [] == Repricing(opened, PriceBook()).differences()
        assert 0 == Repricing(opened, PriceBook()).apply()
