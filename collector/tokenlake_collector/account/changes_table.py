"""Decided rows as an Arrow table, as the storage takes them."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from tokenlake_collector.account.columns import REPORT_SCHEMA, WITHOUT_COLUMN
from tokenlake_collector.account.families import Change

_UUID = pa.uuid()

_SCHEMA = pa.schema(
    [
        *(field for field in REPORT_SCHEMA if field.name not in WITHOUT_COLUMN),
        ("reason", pa.string()),
        ("counted_id", _UUID),
        ("reported", pa.string()),
    ]
)


def changes_table(changes: Sequence[Change]) -> pa.Table:
    """Return one row per change; `stored_at` is the timestamp of the version to take away, NULL for none."""
    columns = [_column(field, [change.row[field.name] for change in changes]) for field in _SCHEMA]
    table = pa.table(columns, schema=_SCHEMA)
    stored_at = [change.stored["timestamp"] if change.stored else None for change in changes]
    return table.append_column("stored_at", pa.array(stored_at, pa.timestamp("us")))


def _column(field: pa.Field, values: list[object]) -> pa.Array:
    if field.type != _UUID:
        return pa.array(values, field.type)
    storage = pa.array([getattr(value, "bytes", None) for value in values], pa.binary(16))
    return pa.ExtensionArray.from_storage(_UUID, storage)
