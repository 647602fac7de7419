"""A result as bytes: JSON, CSV, an Arrow stream, a Parquet file."""

from __future__ import annotations

import base64
import csv
import io
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tokenlake_collector.live_sql.errors import Refused


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a table."""

    media_type: str
    write: Callable[[pa.Table], bytes]


def plain_rows(table: pa.Table) -> Iterator[list[Any]]:
    """Return the rows with values as JSON has them.

    Times are ISO 8601, decimals numbers, blobs base64; an interval, NaN and infinities are texts.

    Raises:
        Refused: a value is outside of what Python's times can say.
    """
    try:
        for batch in table.to_batches():
            columns = [column.to_pylist() for column in batch.columns]
            yield from ([plain(value) for value in row] for row in zip(*columns, strict=True))
    except (OverflowError, ValueError) as error:
        raise Refused(f"a value has no form in JSON or CSV ({error}): cast it to VARCHAR") from error


def plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    form = next((form for kind, form in _FORMS if isinstance(value, kind)), str)
    return form(value)


_FORMS: tuple[tuple[type | UnionType, Callable[[Any], Any]], ...] = (
    (NoneType | str | int, lambda value: value),
    (float, lambda value: value if math.isfinite(value) else str(value)),
    (Decimal, lambda value: int(value) if value == value.to_integral_value() else float(value)),
    (date | time, lambda value: value.isoformat()),
    (bytes, lambda value: base64.b64encode(value).decode()),
    (dict, lambda value: {key: plain(item) for key, item in value.items()}),
    # Before tuples, of which it is one.
    (pa.MonthDayNano, str),
    (list | tuple, lambda value: [plain(item) for item in value]),
)
"""Forms by type, the first that fits; anything else is written as text."""


def _json(table: pa.Table) -> bytes:
    rows = [dict(zip(table.column_names, row, strict=True)) for row in plain_rows(table)]
    return json.dumps(rows, ensure_ascii=False).encode()


def _csv(table: pa.Table) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table.column_names)
    for row in plain_rows(table):
        writer.writerow([json.dumps(cell) if isinstance(cell, list | dict) else cell for cell in row])
    return text.getvalue().encode()


def _arrow(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    try:
        pq.write_table(table, sink)
    except pa.ArrowException as error:
        raise Refused(f"Parquet has no form for a column ({error}): cast it to VARCHAR") from error
    return bytes(sink.getvalue())


FORMATS = {
    "json": Format("application/json", _json),
    "csv": Format("text/csv; charset=utf-8", _csv),
    "arrow": Format("application/vnd.apache.arrow.stream", _arrow),
    "parquet": Format("application/vnd.apache.parquet", _parquet),
}
"""By the name that ?format= and --format take; the first is what nobody asks for."""
