"""A token_usage table in reach: a DuckDB file, or a connection that is open already."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from tokenlake_queries.columns import TOKENS, Row
from tokenlake_queries.errors import LedgerError, LedgerLocked
from tokenlake_queries.extensions import duckdb
from tokenlake_queries.lake import connect_lake, end_transaction, shown, use_attached
from tokenlake_queries.sql import Statement

Place: TypeAlias = Path | str | duckdb.DuckDBPyConnection
"""A DuckDB file, the name of a ledger on DuckLake, or an open connection."""

_SUMS_EXIST = """
SELECT 1 FROM duckdb_tables()
WHERE table_name = 'usage_hours_until'
    AND database_name = current_database() AND schema_name = current_schema()
"""

_FITTING = f"""
SELECT * REPLACE ({", ".join(f"TRY_CAST({name} AS BIGINT) AS {name}" for name in TOKENS)})
FROM (
{{}}
)
"""

_ASK_THE_COLLECTOR = "ask the collector that holds it: source='http://127.0.0.1:4318' or TOKENLAKE_URL"
_GIVE_A_FILE = "give a file written by a collector or by init_token_tracking, in source or TOKENLAKE_DB"


@dataclass(frozen=True)
class Ledger:
    """A cursor inside one read-only transaction: all its answers are of the same moment."""

    cursor: duckdb.DuckDBPyConnection

    def summed_until(self) -> datetime | None:
        """Return the full hour (naive UTC) before which sums are kept; None where they are not."""
        return self._summed_until

    @cached_property
    def _summed_until(self) -> datetime | None:
        # Asked of the catalogue: an error would end the transaction.
        if not self.cursor.execute(_SUMS_EXIST).fetchall():
            return None
        [(until,)] = self.cursor.execute("SELECT until FROM usage_hours_until").fetchall()
        found: datetime | None = until
        return found

    def rows(self, statement: Statement) -> list[Row]:
        """Return the rows of the statement, its columns in the order of the SQL."""
        self.cursor.execute(statement.text, dict(statement.values))
        names = [column[0] for column in self.cursor.description or ()]
        return [dict(zip(names, values, strict=True)) for values in self.cursor.fetchall()]

    def sums(self, statement: Statement) -> list[Row]:
        """Return the rows of the statement, whose tokens are sums: as it is if one of them is beyond 64 bits.

        A HUGEINT takes ten times as long as a BIGINT to become a Python number: 20 ms of 5,000 rows.
        """
        rows = self.rows(replace(statement, text=_FITTING.format(statement.text.rstrip().rstrip(";"))))
        beyond = any(row[name] is None for row in rows for name in TOKENS)
        return self.rows(statement) if beyond else rows

    def row(self, statement: Statement) -> Row:
        """Return the only row of the statement."""
        (row,) = self.rows(statement)
        return row


@contextmanager
def open_ledger(place: Place) -> Iterator[Ledger]:
    """Open ``place`` for reading and close what was opened; a given connection stays open and untouched.

    Raises:
        LedgerLocked: The file is held by a running recorder.
        LedgerError: There is no readable token_usage table in this place.
    """
    try:
        with _connection(place) as connection, _transaction(connection) as ledger:
            yield ledger
    except duckdb.Error as error:
        raise _explained(error, place) from error


@contextmanager
def _connection(place: Place) -> Iterator[duckdb.DuckDBPyConnection]:
    if isinstance(place, str):
        with connect_lake(place, read_only=True) as connection:
            yield connection
        return
    if not isinstance(place, Path):
        yield place
        return
    _check_file(place)
    with duckdb.connect(place, read_only=True) as connection:
        yield connection


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[Ledger]:
    # A cursor is a connection of its own: other threads may use theirs at the same time.
    with connection.cursor() as cursor:
        use_attached(cursor)
        cursor.execute("BEGIN TRANSACTION READ ONLY")
        try:
            yield Ledger(cursor)
        finally:
            end_transaction(cursor)


def _check_file(path: Path) -> None:
    """Raise a LedgerError unless the file begins like a DuckDB database.

    DuckDB itself would try to download an extension for a SQLite file.
    """
    try:
        with path.open("rb") as file:
            header = file.read(12)
    except FileNotFoundError as error:
        raise LedgerError(f"{path} does not exist: {_GIVE_A_FILE}") from error
    except OSError as error:
        raise LedgerError(f"{path} cannot be read ({error.strerror}): {_GIVE_A_FILE}") from error
    if header[8:] != b"DUCK":
        raise LedgerError(f"{path} is not a DuckDB database: {_GIVE_A_FILE}")


def _explained(error: duckdb.Error, place: Place) -> LedgerError:
    name = str(place) if isinstance(place, Path) else "the given connection"
    if isinstance(place, str):
        name = shown(place)
    reason = str(error).strip().partition("\n")[0]
    if "Could not set lock on file" in reason:
        return LedgerLocked(f"{name} is locked by another process: {_ASK_THE_COLLECTOR}")
    if "with a different configuration" in reason:
        remedy = f"give its connection as source, or {_ASK_THE_COLLECTOR}"
        return LedgerLocked(f"{name} is open for writing in this process: {remedy}")
    if isinstance(error, duckdb.CatalogException) and "token_usage" in reason:
        return LedgerError(f"{name} has no table token_usage: {_GIVE_A_FILE}")
    if isinstance(error, duckdb.BinderException):
        return LedgerError(
            f"{name} has a token_usage of another version ({reason}): open it with a collector once"
        )
    return LedgerError(f"{name} cannot be read ({reason}): {_GIVE_A_FILE}")
