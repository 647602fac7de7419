"""Computed costs of a whole ledger, reckoned again; what was reported stays as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa

from tokenlake_collector.prices.book import PriceBook
from tokenlake_collector.prices.counts import Flags, Money

# A row can move between the tables when a late record changes a verdict, so both must agree on its cost.
_TABLES = ("token_usage", "token_usage_uncounted")

# Rows are read in pages of this size, by their place in the table, so a ledger may have any size.
_PAGE = 100_000

_READ = """
SELECT
    rowid AS number, provider, endpoint_name, model, request_model, timestamp, input_tokens, output_tokens,
    cache_read_tokens, cache_creation_tokens, reasoning_tokens, signal, attributes::VARCHAR AS attributes,
    reported_cost, computed_cost, estimated_cost
FROM {table}
WHERE rowid BETWEEN $first AND $last
    AND ($start IS NULL OR timestamp >= $start)
    AND ($end IS NULL OR timestamp < $end)
    AND (len($models) = 0 OR list_contains($models, model))
"""

_PREPARE = """
CREATE OR REPLACE TEMP TABLE repriced (number BIGINT, computed_cost DOUBLE, estimated_cost DOUBLE)
"""

_UPDATE = """
UPDATE {table}
SET computed_cost = repriced.computed_cost, estimated_cost = repriced.estimated_cost
FROM repriced
WHERE {table}.rowid = repriced.number
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows to look at: `start <= timestamp < end` (naive UTC), and these models (none: all)."""

    start: datetime | None = None
    end: datetime | None = None
    models: Sequence[str] = ()


@dataclass(slots=True)
class Difference:
    """What changes for one model: rows, and USD of these rows before and after.

    `old_usd` and `new_usd` are of computed_cost, where unknown counts as 0; `estimated_usd` is by how much
    the sum of estimated_cost changes.
    """

    model: str | None
    rows: int = 0
    old_usd: float = 0.0
    new_usd: float = 0.0
    estimated_usd: float = 0.0


@dataclass(slots=True)
class Repricing:
    """One pass over a ledger; with `apply`, all changes are made in one transaction."""

    connection: duckdb.DuckDBPyConnection
    book: PriceBook
    scope: Scope = field(default_factory=Scope)

    def differences(self) -> list[Difference]:
        """Return what would change of the counted rows, most USD first; change nothing."""
        found: dict[str | None, Difference] = {}
        for change in self._changes(_TABLES[0]):
            change.add_to(found)
        return sorted(found.values(), key=lambda one: -abs(one.new_usd - one.old_usd))

    def apply(self) -> int:
        """Change computed_cost, and estimated_cost where it follows from it; return the number of rows."""
        self.connection.execute("BEGIN")
        try:
            changed = self.change()
            self.connection.execute("COMMIT")
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        return changed

    def change(self) -> int:
        """Do what `apply` does, within the connection's transaction."""
        return sum(self._apply_to(table) for table in _TABLES)

    def _apply_to(self, table: str) -> int:
        self.connection.execute(_PREPARE)
        for change in self._changes(table):
            self.connection.register("batch", change.rows())
            self.connection.execute("INSERT INTO repriced BY NAME SELECT * FROM batch")
            self.connection.unregister("batch")
        changed: int = self.connection.execute(_UPDATE.format(table=table)).fetchall()[0][0]
        return changed

    def _changes(self, table: str) -> Iterator[_Change]:
        last = self.connection.execute(f"SELECT max(rowid) FROM {table}").fetchall()[0][0]
        for first in range(0, 0 if last is None else last + 1, _PAGE):
            rows = self._page(table, first)
            yield _Change.of(rows, self.book.compute(rows))

    def _page(self, table: str, first: int) -> pa.Table:
        values = {
            "first": first,
            "last": first + _PAGE - 1,
            "start": self.scope.start,
            "end": self.scope.end,
            "models": list(self.scope.models),
        }
        return self.connection.sql(_READ.format(table=table), params=values).to_arrow_table()


@dataclass(frozen=True, slots=True)
class _Change:
    """The rows of a batch whose computed cost changes; NaN is NULL."""

    number: pa.Array
    models: list[str | None]
    old: Money
    new: Money
    old_estimate: Money
    new_estimate: Money

    @classmethod
    def of(cls, rows: pa.Table, costs: pa.Array) -> _Change:
        old, new = _money(rows["computed_cost"]), _money(costs)
        reported, estimate = _money(rows["reported_cost"]), _money(rows["estimated_cost"])
        # Where somebody wrote an estimate of his own, it follows from neither and is kept.
        follows = _same(estimate, _first(reported, old))
        new_estimate = np.where(follows, _first(reported, new), estimate)
        changed = np.flatnonzero(~_same(old, new))
        models = rows["model"].take(pa.array(changed)).to_pylist()
        number = rows["number"].combine_chunks().take(pa.array(changed))
        return cls(number, models, old[changed], new[changed], estimate[changed], new_estimate[changed])

    def rows(self) -> pa.Table:
        costs = {"computed_cost": self.new, "estimated_cost": self.new_estimate}
        columns = {name: pa.array(values, pa.float64(), from_pandas=True) for name, values in costs.items()}
        return pa.table({"number": self.number, **columns})

    def add_to(self, found: dict[str | None, Difference]) -> None:
        known = map(np.nan_to_num, (self.old, self.new, self.old_estimate, self.new_estimate))
        for model, old, new, before, after in zip(
            self.models, *(values.tolist() for values in known), strict=True
        ):
            difference = found.setdefault(model, Difference(model))
            difference.rows += 1
            difference.old_usd += old
            difference.new_usd += new
            difference.estimated_usd += after - before


def _money(column: pa.ChunkedArray | pa.Array) -> Money:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def _same(one: Money, other: Money) -> Flags:
    return np.asarray((one == other) | (np.isnan(one) & np.isnan(other)), np.bool_)


def _first(one: Money, other: Money) -> Money:
    return np.where(np.isnan(one), other, one)
