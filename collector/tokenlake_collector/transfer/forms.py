"""The forms of an export: Parquet, CSV, Arrow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

_TYPES = {"id": "UUID", "trace_id": "UUID", "counted_id": "UUID", "attributes": "JSON", "reported": "JSON"}
"""What a collector sends as text."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is written; `typed` where it can say that a column is a UUID or JSON."""

    open: Callable[[Path, pa.Schema], Any]
    typed: bool


FORMS = {
    "parquet": Form(lambda path, schema: pq.ParquetWriter(path, schema, compression="zstd"), typed=True),
    "csv": Form(pa_csv.CSVWriter, typed=False),
    "arrow": Form(lambda path, schema: pa.ipc.new_file(str(path), schema), typed=True),
}
"""By name, which is also how the files end."""


def write_pages(pages: Iterable[pa.Table], form: Form, path: Path) -> int:
    """Write a file of pages, of which there is at least one, and return the rows."""
    rows = 0
    writer = None
    with duckdb.connect() as connection:
        connection.execute("SET arrow_lossless_conversion = true")
        try:
            for page in pages:
                table = _typed(connection, page) if form.typed else page
                writer = writer or form.open(path, table.schema)
                writer.write_table(table)
                rows += table.num_rows
        finally:
            if writer is not None:
                writer.close()
    return rows


def _typed(connection: duckdb.DuckDBPyConnection, page: pa.Table) -> pa.Table:
    casts = [f"{name}::{kind} AS {name}" for name, kind in _TYPES.items() if name in page.column_names]
    connection.register("page", page)
    return connection.sql(f"SELECT * REPLACE ({', '.join(casts)}) FROM page").to_arrow_table()
