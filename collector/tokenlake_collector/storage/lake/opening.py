"""Attach a ledger on DuckLake and bring its schema up to date, or say in one line why that cannot be done."""

from __future__ import annotations

import re

import duckdb

from tokenlake_collector.errors import CommitFailed, StartupError
from tokenlake_collector.storage.lake.catalogue import WRITING, Catalogue
from tokenlake_collector.storage.migrations import migrate, newest_version, schema_version
from tokenlake_collector.storage.opening import CONFIG
from tokenlake_queries.errors import LedgerError
from tokenlake_queries.lake import LAKE, attach, prepare, shown

INLINED_ROWS = 0
"""Rows of a commit that go into PostgreSQL instead of a file. None: with DuckLake of DuckDB 1.5.5, to ask
for a table's insertions (`account/news.py`) after such rows were written out ends the process."""

_OPTIONS = {
    "data_inlining_row_limit": str(INLINED_ROWS),
    "parquet_compression": "zstd",
    "target_file_size": "128MB",
}

# What DuckLake does not have, and does not need: it keeps neither indexes nor DuckDB's own compression.
_NOT_HERE = re.compile(r" USING COMPRESSION \w+| PRIMARY KEY")
_VIEW = re.compile(r"CREATE VIEW (\w+)")
_COLUMN_COMMENT = re.compile(r"\s*COMMENT ON COLUMN (\w+)\.")


def open_lake(
    name: str, catalogue: Catalogue, data_path: str | None = None, memory_mib: int | None = None
) -> duckdb.DuckDBPyConnection:
    """Attach the ledger of that name; a new one needs a data path. DuckDB may use `memory_mib`.

    Raises:
        StartupError: not to be reached, or of a newer version; the message has the remedy.
    """
    connection = duckdb.connect(":memory:", config=CONFIG)
    try:
        if memory_mib is not None:
            connection.execute(f"SET memory_limit = '{memory_mib:d}MiB'")
        prepare(connection)
        # The fence of `catalogue.py`: of two commits at a time the later one fails.
        connection.execute("SET GLOBAL ducklake_max_retry_count = 0")
        # DuckLake makes its own tables as it is attached, and does not expect that others do so too.
        with catalogue.held(WRITING):
            attach(connection, name, data_path, read_only=False)
            _migrate(connection, name)
            catalogue.index_statistics()
    except (LedgerError, CommitFailed) as error:
        connection.close()
        raise StartupError(str(error)) from error
    except duckdb.Error as error:
        connection.close()
        line = str(error).partition("\n")[0]
        raise StartupError(f"{shown(name)}: its tables cannot be made or read ({shown(line)})") from error
    except BaseException:
        connection.close()
        raise
    return connection


def lake_text(text: str) -> str:
    """Return a migration as DuckLake takes it: without keys, compression and comments on views' columns."""
    views = _VIEW.findall(text)
    kept = [
        statement
        for statement in text.split(";\n")
        if not ((comment := _COLUMN_COMMENT.match(statement)) and comment[1] in views)
    ]
    return _NOT_HERE.sub("", ";\n".join(kept))


def _migrate(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    version = schema_version(connection)
    if version > newest_version():
        raise StartupError(
            f"{shown(name)}: written by a newer tokenlake (schema {version}, this one knows "
            f"{newest_version()}): upgrade tokenlake, or choose another --db"
        )
    if version == 0:
        # Before there are views: once one with a comment was made, DuckDB 1.5.5 crashes here.
        for option, value in _OPTIONS.items():
            connection.execute(f"CALL {LAKE}.set_option('{option}', '{value}')").fetchall()
    migrate(connection, lake_text)
    if version == 0:
        for table in ("token_usage", "token_usage_uncounted"):
            # A file that merges others is written in this order, so that a day's rows stand together.
            connection.execute(f"ALTER TABLE {table} SET SORTED BY (timestamp ASC)")
