"""A ledger's first sixteen columns in embedded ClickHouse (`chdb`), in the table that its manual advises.

No NULL, strings of few values as LowCardinality, ordered by time, all parts merged.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb

DAY = "toDate(timestamp)"

_COLUMNS = (
    "id, timestamp, session_id, endpoint_name, model, operation_type, operation_detail, input_tokens, "
    "output_tokens, cache_creation_tokens, cache_read_tokens, context_tokens, iteration, channel, user_id, "
    "estimated_cost"
)
_FEW_VALUES = ("endpoint_name", "model", "operation_type", "operation_detail", "channel", "user_id")


def is_installed() -> bool:
    """Tell whether the package is there; it takes half a gigabyte."""
    return importlib.util.find_spec("chdb") is not None


@contextmanager
def in_clickhouse(db: Path, folder: Path, threads: int) -> Iterator[Callable[[str], object]]:
    """Copy a ledger into a folder unless that was done before, and yield what asks the copy."""
    copy = folder / f"{db.stem}.clickhouse"
    with closing(importlib.import_module("chdb.session").Session(str(copy))) as session:
        session.query(f"SET max_threads = {threads}")
        # It remembers which blocks a condition was true in, and a bench repeats its conditions.
        session.query("SET use_query_condition_cache = 0")
        if str(session.query("EXISTS TABLE token_usage")).strip() == "0":
            _copy(db, copy.with_suffix(".parquet"), session)
        # Of its formats the one that costs it least.
        yield lambda text: session.query(text, "ArrowTable")


def _copy(db: Path, parquet: Path, session: Any) -> None:
    with duckdb.connect(db, read_only=True) as connection:
        connection.execute(f"COPY (SELECT {_COLUMNS} FROM token_usage) TO '{parquet}'").fetchall()
    few = ", ".join(f"toLowCardinality({name}) AS {name}" for name in _FEW_VALUES)
    session.query("DROP TABLE IF EXISTS unfinished")
    session.query(
        f"CREATE TABLE unfinished ENGINE = MergeTree ORDER BY timestamp "
        f"AS SELECT * REPLACE ({few}) FROM file('{parquet}', 'Parquet') "
        "SETTINGS schema_inference_make_columns_nullable = 0"
    )
    session.query("OPTIMIZE TABLE unfinished FINAL")
    session.query("RENAME TABLE unfinished TO token_usage")
    parquet.unlink()
    os.sync()  # else the disk is still being written while questions are timed
