"""Rows as Python values to a batch; for signals outside the fast path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from tokenlake_collector.flatten.rows import ROW_SCHEMA

_COUNTS = {name: 0 for name in ROW_SCHEMA.names if name.endswith("_tokens") or name == "iteration"}


def row_table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return a batch of rows.

    Ids are bytes, times are microseconds since 1970; of what a row does not name a count is 0, the rest NULL.
    """
    columns = [
        _column(field.type, [row.get(field.name, _COUNTS.get(field.name)) for row in rows])
        for field in ROW_SCHEMA
    ]
    return pa.table(columns, schema=ROW_SCHEMA)


def _column(kind: pa.DataType, values: list[Any]) -> pa.Array:
    if kind == pa.uuid():
        return pa.ExtensionArray.from_storage(kind, pa.array(values, pa.binary(16)))
    return pa.array(values, kind)
