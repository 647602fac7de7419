"""The rows of a Parquet file that an export made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from tokenlake_collector.transfer.errors import TransferError
from tokenlake_collector.transfer.rows import BATCH_ROWS, COUNTED, UNCOUNTED, Batch

_IDENTITY = frozenset({"id", "timestamp"})


def parquet_batches(path: Path) -> Iterator[Batch]:
    """Yield the rows of a file in its order; those with a `reason` are for the table of uncounted ones.

    Raises:
        TransferError: the file is damaged, or has no rows of a ledger.
    """
    try:
        with duckdb.connect() as connection:
            # The folders of an export have the day in their names: no column of the table.
            rows = connection.sql(
                "FROM read_parquet($path, hive_partitioning = false)", params={"path": str(path)}
            )
            if not set(rows.columns) >= _IDENTITY:
                raise TransferError(f"{path}: has no columns id and timestamp: import what an export made")
            table = UNCOUNTED if "reason" in rows.columns else COUNTED
            for batch in rows.to_arrow_reader(BATCH_ROWS):
                yield Batch(table, pa.Table.from_batches([batch]))
    except (duckdb.Error, OSError) as error:
        line = str(error).partition("\n")[0]
        raise TransferError(f"{path}: cannot be read to its end ({line}): export it again") from error
