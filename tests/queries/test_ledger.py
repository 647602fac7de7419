"""Files and connections that can, and cannot, be read."""

import sqlite3
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from harness.ledger_rows import insert_row, new_ledger
from tokenlake_queries import LedgerError, LedgerLocked, get_token_timeline, get_token_total

_HOLDER = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A closed file with one row of 7 tokens."""
    path = tmp_path / "usage.duckdb"
    with new_ledger(path) as connection:
        insert_row(connection, "2026-03-01", input_tokens=7)
    return path


@contextmanager
def held_by_another_process(path: Path) -> Iterator[None]:
    """Keep the file open for writing elsewhere until the block ends."""
    with Popen([sys.executable, "-c", _HOLDER, str(path)], stdin=PIPE, stdout=PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield
        holder.stdin.close()


@pytest.mark.parametrize("kind", [str, Path])
def test_file_is_read_and_closed(file: Path, kind: type[str | Path]) -> None:
    """A path, text or Path, is opened for the call only: afterwards it can be opened for writing."""
    expected = 7

    assert expected == get_token_total(source=kind(file))["total_tokens"]
    with duckdb.connect(file) as connection:
        insert_row(connection, "2026-03-01")


def test_file_is_closed_after_an_error(file: Path) -> None:
    """A question that fails leaves the file free as well."""
    with pytest.raises(ValueError, match="10,000 buckets"):
        get_token_timeline("hour", "1970-01-01", source=file)
    with duckdb.connect(file) as connection:
        insert_row(connection, "2026-03-01")


def test_file_is_read_by_many_threads(file: Path) -> None:
    """The same file in several threads at a time."""
    with ThreadPoolExecutor(4) as pool:
        totals = list(pool.map(lambda _: get_token_total(source=file)["total_tokens"], range(20)))

    assert totals == [7] * 20


def test_connection_is_used_by_many_threads_and_stays_open(table: DuckDBPyConnection) -> None:
    """One connection in several threads, each on a cursor of its own; it is not closed, its query goes on."""
    insert_row(table, "2026-03-01", input_tokens=7)
    table.execute("SELECT * FROM range(3)")
    with ThreadPoolExecutor(4) as pool:
        totals = list(pool.map(lambda _: get_token_total(source=table)["total_tokens"], range(20)))

    assert totals == [7] * 20
    assert len(table.fetchall()) == 3


def test_open_transaction_is_not_seen(table: DuckDBPyConnection) -> None:
    """A recorder's transaction that is open on the connection is neither seen nor disturbed."""
    table.begin()
    insert_row(table, "2026-03-01", input_tokens=7)
    before = get_token_total(source=table)["calls"]
    table.commit()
    expected = (0, 1)

    assert expected == (before, get_token_total(source=table)["calls"])


def test_missing_file(tmp_path: Path) -> None:
    """A file that does not exist is named, and not created."""
    path = tmp_path / "none.duckdb"

    with pytest.raises(
        LedgerError, match=rf"^{path} does not exist: give a file .* in source or TOKENLAKE_DB$"
    ):
        get_token_total(source=path)
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"short", b"hello, this is no database at all" * 1000])
def test_other_file(tmp_path: Path, content: bytes) -> None:
    """A file of another kind is refused by its first bytes."""
    path = tmp_path / "text.duckdb"
    path.write_bytes(content)

    with pytest.raises(LedgerError, match=rf"^{path} is not a DuckDB database: give a file"):
        get_token_total(source=path)


def test_sqlite_file(tmp_path: Path) -> None:
    """The tracker's old SQLite file is no DuckDB database, and nothing is downloaded to read it."""
    path = tmp_path / "usage.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE token_usage (id INTEGER)")

    with pytest.raises(LedgerError, match="is not a DuckDB database"):
        get_token_total(source=path)


def test_folder(tmp_path: Path) -> None:
    """A folder cannot be read as a file."""
    with pytest.raises(LedgerError, match=r"cannot be read \(.*directory.*\): give a file"):
        get_token_total(source=tmp_path)


def test_damaged_file(file: Path) -> None:
    """A DuckDB file with garbage in its headers is one line that says so."""
    file.write_bytes(file.read_bytes()[:12] + b"\xff" * 20_000)

    with pytest.raises(LedgerError, match=rf"^{file} cannot be read \(.*\): give a file.*$") as caught:
        get_token_total(source=file)
    assert "\n" not in str(caught.value)


def test_database_without_the_table(tmp_path: Path) -> None:
    """A database of something else has no token_usage."""
    path = tmp_path / "other.duckdb"
    duckdb.connect(path).close()

    with pytest.raises(LedgerError, match=rf"^{path} has no table token_usage: give a file"):
        get_token_total(source=path)


def test_table_of_another_version() -> None:
    """A token_usage without our columns names the first that is missing."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE token_usage (timestamp TIMESTAMP, input_tokens BIGINT)")

        with pytest.raises(
            LedgerError, match=r"^the given connection has a token_usage of another version \("
        ):
            get_token_total(source=connection)


def test_closed_connection() -> None:
    """A connection that is closed cannot be asked."""
    connection = new_ledger()
    connection.close()

    with pytest.raises(LedgerError, match=r"^the given connection cannot be read \(.*closed"):
        get_token_total(source=connection)


def test_file_that_a_collector_holds(file: Path) -> None:
    """A file that another process writes is locked: the message says whom to ask. Afterwards it is free."""
    with held_by_another_process(file), pytest.raises(LedgerLocked) as caught:
        get_token_total(source=file)

    expected = (
        f"{file} is locked by another process: ask the collector that holds it: "
        "source='http://127.0.0.1:4318' or TOKENLAKE_URL"
    )
    assert expected == str(caught.value)
    assert isinstance(caught.value, LedgerError)
    assert get_token_total(source=file)["total_tokens"] == 7


def test_file_that_this_process_writes(file: Path) -> None:
    """A file that is open for writing in this process is to be asked through that connection."""
    with (
        duckdb.connect(file),
        pytest.raises(
            LedgerLocked, match=r"is open for writing in this process: give its connection as source"
        ),
    ):
        get_token_total(source=file)
