"""Run one checked statement within its limits, and return its rows as an Arrow table."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.live_sql.errors import Refused, TooMuch
from tokenlake_collector.live_sql.guard import check
from tokenlake_collector.live_sql.limits import SqlLimits

_BATCH_ROWS = 2048
_HUGEINT = pa.decimal128(38, 0)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with values for its parameters: by position for `?` and `$1`, by name for `$name`."""

    sql: str
    parameters: Sequence[Any] | Mapping[str, Any] | None = None


def run(cursor: duckdb.DuckDBPyConnection, statement: Statement, limits: SqlLimits) -> pa.Table:
    """Check a statement, run it in a read-only transaction on a cursor of its own, and roll back.

    `cursor.interrupt()` from another thread ends it early.

    Raises:
        Refused: it may not run, or the database does not take it.
        TooMuch: it needs more time, rows, bytes or memory than there are for it.
        duckdb.FatalException, duckdb.InternalException: the database itself has failed.
    """
    check(statement.sql)
    late = threading.Timer(limits.timeout_s, cursor.interrupt)
    late.daemon = True
    cursor.execute("BEGIN TRANSACTION READ ONLY")
    late.start()
    try:
        with _explained(limits):
            relation = cursor.sql(statement.sql, params=statement.parameters)
            # Closed before the transaction: a result that is still open keeps ROLLBACK from working.
            with relation.to_arrow_reader(_BATCH_ROWS) as reader:
                return _plain_integers(_collected(reader, limits))
    finally:
        late.cancel()
        # What was interrupted or failed may have ended its transaction already.
        with contextlib.suppress(duckdb.Error):
            cursor.execute("ROLLBACK")


def _collected(reader: pa.RecordBatchReader, limits: SqlLimits) -> pa.Table:
    _refuse_equal_names(reader.schema.names)
    batches: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in reader:
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows > limits.max_rows:
            raise TooMuch(
                f"more than {limits.max_rows:,} rows: add LIMIT or GROUP BY, or raise --sql-max-rows"
            )
        if size > limits.max_bytes:
            raise TooMuch(
                f"more than {limits.max_bytes // 2**20:,} MiB of rows: choose columns or add LIMIT, "
                "or raise --sql-max-mib"
            )
        batches.append(batch)
    return pa.Table.from_batches(batches, reader.schema)


def _refuse_equal_names(names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refused(f"two columns are called {twice[0]}: rename one with AS")


def _plain_integers(table: pa.Table) -> pa.Table:
    """Make sums integers: DuckDB's HUGEINT is a decimal in Arrow, which few programs take for a number."""
    for place, field in enumerate(table.schema):
        if field.type == _HUGEINT:
            with contextlib.suppress(pa.ArrowInvalid):
                table = table.set_column(place, field.name, pc.cast(table.column(place), pa.int64()))
    return table


@contextlib.contextmanager
def _explained(limits: SqlLimits) -> Iterator[None]:
    """Say in one line what was wrong, and what to do; leave failures of the database to the caller."""
    try:
        yield
    except (duckdb.FatalException, duckdb.InternalException):
        raise
    except (duckdb.Error, OSError) as error:
        # Arrow passes what DuckDB says while rows are fetched on as an OSError.
        text = str(error)
        line = text.partition("\n\nLINE")[0].replace("\n", " ")
        if "INTERRUPT" in text:
            raise TooMuch(
                f"interrupted after {limits.timeout_s:g} s at most: narrow it by timestamp, "
                "or raise --sql-timeout-s"
            ) from error
        if "Out of Memory" in text:
            raise TooMuch(
                f"needs more memory than --memory-mib allows: narrow it by timestamp ({line})"
            ) from error
        raise Refused(line) from error
