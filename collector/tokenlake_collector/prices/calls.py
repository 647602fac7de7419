"""Rows as the price book needs them: counts in columns, and the calls of one model together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.prices.call import Call
from tokenlake_collector.prices.circumstances import Circumstances, known_flags, read_circumstances
from tokenlake_collector.prices.counts import Amounts, Counts, Index
from tokenlake_collector.prices.units import COLUMN, Unit

_NAMES = ("provider", "endpoint_name", "model", "request_model")
_COUNTS = {
    Unit.INPUT: "input_tokens",
    Unit.OUTPUT: "output_tokens",
    Unit.CACHE_READ: "cache_read_tokens",
    Unit.CACHE_WRITE: "cache_creation_tokens",
    Unit.REASONING: "reasoning_tokens",
}
# Made once: from a plain string it would cost 0.1 ms a batch.
_METRIC = pa.scalar("metric")


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of a batch: when, how much, and of what; `timestamps` in microseconds, UTC."""

    timestamps: Amounts
    counts: Counts
    names: pa.Table

    @classmethod
    def read(cls, rows: pa.Table) -> Calls:
        """Read the columns of token_usage that a price depends on; one that is missing is empty."""
        attributes = _column(rows, "attributes", pa.string())
        around = read_circumstances(attributes, _amounts(rows, _COUNTS[Unit.CACHE_WRITE]))
        names = {name: _column(rows, name, pa.string()) for name in _NAMES}
        table = pa.table({**names, "context": around.context, "row": np.arange(rows.num_rows)})
        timestamps = _column(rows, "timestamp", pa.timestamp("us")).cast(pa.int64())
        return cls(_plain(timestamps), _counts(rows, around), table)

    def groups(self) -> Iterator[tuple[Call, Index]]:
        """Return each different call with the numbers of its rows."""
        keys = [*_NAMES, "context"]
        grouped = self.names.group_by(keys, use_threads=False).aggregate([("row", "list")])
        members = grouped["row_list"].combine_chunks()
        bounds, values = members.offsets.to_numpy(), members.values.to_numpy()
        calls = zip(*(grouped[key].to_pylist() for key in keys), strict=True)
        for number, call in enumerate(calls):
            yield Call(*call), values[bounds[number] : bounds[number + 1]]


def _counts(rows: pa.Table, around: Circumstances) -> Counts:
    """A metric point sums up calls of unknown number and sizes: no request fee, and the lowest tier."""
    single = ~known_flags(pc.equal(_column(rows, "signal", pa.string()), _METRIC))
    amounts = np.empty((rows.num_rows, len(COLUMN)), np.int64)
    for unit, name in _COUNTS.items():
        amounts[:, COLUMN[unit]] = _amounts(rows, name)
    amounts[:, COLUMN[Unit.CACHE_WRITE_1H]] = around.one_hour_writes
    amounts[:, COLUMN[Unit.REQUEST]] = single
    return Counts(amounts, amounts[:, COLUMN[Unit.INPUT]] * single)


def _amounts(rows: pa.Table, name: str) -> Amounts:
    return _plain(_column(rows, name, pa.int64()))


def _plain(column: pa.Array) -> Amounts:
    filled = column.fill_null(0) if column.null_count else column
    return np.asarray(filled.to_numpy(zero_copy_only=False), np.int64)


def _column(rows: pa.Table, name: str, kind: pa.DataType) -> pa.Array:
    position = rows.schema.get_field_index(name)
    if position < 0:
        return pa.nulls(rows.num_rows, kind)
    column = rows.column(position).combine_chunks()
    return column if column.type == kind else column.cast(kind)
