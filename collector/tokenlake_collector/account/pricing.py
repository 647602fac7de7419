"""What a row costs, put into it (rule C9): a reported cost beats a computed one, and both are kept."""

from __future__ import annotations

from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc


class Prices(Protocol):
    """Computes what calls cost."""

    def compute(self, rows: pa.Table) -> pa.Array:
        """Return USD per row, NULL where no price is known."""
        ...


class NoPrices:
    """Knows no price."""

    def compute(self, rows: pa.Table) -> pa.Array:
        """Return NULL for every row."""
        return pa.nulls(rows.num_rows, pa.float64())


def priced(rows: pa.Table, prices: Prices) -> pa.Table:
    """Return the rows with `computed_cost`, and `estimated_cost`: the reported, else the computed one."""
    computed = prices.compute(rows)
    estimated = pc.coalesce(rows["reported_cost"], computed)
    kept = [name for name in rows.column_names if name not in {"computed_cost", "estimated_cost"}]
    return (
        rows.select(kept).append_column("computed_cost", computed).append_column("estimated_cost", estimated)
    )
