"""Rows that come as rows: put into a ledger as they are, each once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa

from tokenlake_collector.storage.insert import Committed, insert_lone
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.storage.opening import open_memory
from tokenlake_collector.storage.sql import visible
from tokenlake_collector.transfer.errors import TransferError

BATCH_ROWS = 50_000
"""Of one transaction: about 20 MB in memory, and less than a second."""

COUNTED, UNCOUNTED = "token_usage", "token_usage_uncounted"

_STAGED = {
    COUNTED: "SELECT * EXCLUDE (reason, counted_id), NULL::VARCHAR AS reason FROM token_usage",
    # Without a reason a row would count.
    UNCOUNTED: "SELECT * REPLACE (coalesce(reason, 'unknown') AS reason) FROM token_usage",
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows for one of the two tables, under its columns' names; a column that is missing has its default."""

    table: str
    rows: pa.Table


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of rows: new ones, those known already, and those from before the ledger's beginning."""

    new: int = 0
    known: int = 0
    pruned: int = 0

    def __add__(self, other: Imported) -> Imported:
        return Imported(self.new + other.new, self.known + other.known, self.pruned + other.pruned)


class RowImport:
    """Inserts batches into a ledger. A ledger in memory gives them the types and defaults of the tables."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._staging = open_memory()
        self._staging.execute("SET arrow_lossless_conversion = true")
        # The table of uncounted rows has no defaults, so both kinds pass through this one.
        for column in ("reason VARCHAR", "counted_id UUID"):
            self._staging.execute(f"ALTER TABLE {COUNTED} ADD COLUMN {column}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._staging.close()

    def insert(self, batch: Batch) -> Imported:
        """Insert a batch in one transaction, without the rows whose ids are stored already.

        Raises:
            TransferError: the rows do not fit the table.
            CommitFailed: nothing of the batch is stored.
        """
        rows = self._typed(batch)
        young = self._ledger.boundary.kept(rows)
        done: Committed = self._ledger.transaction(partial(insert_lone, rows=young, hours=self._ledger.hours))
        return Imported(done.counted + done.uncounted, done.duplicates, rows.num_rows - young.num_rows)

    def _typed(self, batch: Batch) -> pa.Table:
        try:
            with visible(self._staging, arriving=batch.rows):
                self._staging.execute(f"INSERT INTO {COUNTED} BY NAME FROM arriving").fetchall()
            return self._staging.sql(_STAGED[batch.table]).to_arrow_table()
        except (duckdb.BinderException, duckdb.ConversionException, duckdb.ConstraintException) as error:
            line = str(error).partition("\n")[0]
            raise TransferError(f"the rows do not fit {batch.table} of this version: {line}") from error
        finally:
            self._staging.execute(f"DELETE FROM {COUNTED}").fetchall()
