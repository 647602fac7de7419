"""Which source is asked when a call names none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from harness.ledger_rows import insert_row, new_ledger
from harness.statistics_server import serving, statistics_over
from tokenlake_queries import LedgerError, get_token_total, set_default_source
from tokenlake_queries.remote import Collector
from tokenlake_queries.sources import add_recorder, find_source, remove_recorder

BOTH = {"TOKENLAKE_DB": "usage.duckdb", "TOKENLAKE_URL": "http://127.0.0.1:4318"}


def test_database_comes_before_url() -> None:
    """TOKENLAKE_DB wins over TOKENLAKE_URL; an empty variable is not set."""
    found = (find_source(None, BOTH), find_source(None, BOTH | {"TOKENLAKE_DB": ""}))
    expected = (Path("usage.duckdb"), Collector("http://127.0.0.1:4318"))

    assert expected == found


def test_process_default_comes_before_the_environment(table: DuckDBPyConnection) -> None:
    """What a recorder in this process has set wins over both variables, and can be taken back."""
    set_default_source(table)
    found = find_source(None, BOTH)
    set_default_source(None)

    assert table is found
    assert Path("usage.duckdb") == find_source(None, BOTH)


class OneRecorder:
    """Something that writes a file in this process and is read through its own connection."""

    def __init__(self, path: Path, connection: DuckDBPyConnection) -> None:
        self.path = path
        self._connection = connection

    def reading(self) -> DuckDBPyConnection:
        return self._connection


@pytest.fixture
def recorder(table: DuckDBPyConnection, tmp_path: Path) -> Iterator[OneRecorder]:
    """A recorder that writes usage.duckdb."""
    added = OneRecorder(tmp_path.resolve() / "usage.duckdb", table)
    add_recorder(added)
    yield added
    remove_recorder(added)


def test_a_recorder_comes_before_the_environment(recorder: OneRecorder, table: DuckDBPyConnection) -> None:
    """What is written in this process is what is asked here, until the recorder goes."""
    found = find_source(None, BOTH)
    remove_recorder(recorder)

    assert table is found
    assert Path("usage.duckdb") == find_source(None, BOTH)


@pytest.mark.usefixtures("recorder")
def test_a_default_that_was_set_comes_before_a_recorder() -> None:
    """Who calls set_default_source means it."""
    set_default_source("other.duckdb")

    assert Path("other.duckdb") == find_source(None, BOTH)


def test_a_recorders_file_is_read_through_it(
    recorder: OneRecorder, table: DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the file is named, also by a variable; other files are not concerned."""
    monkeypatch.chdir(recorder.path.parent)
    names = (recorder.path, str(recorder.path), "usage.duckdb", "../" + str(Path(*recorder.path.parts[-2:])))
    found = [find_source(name, {}) for name in names]

    assert [table] * 4 == found
    assert Path("other.duckdb") == find_source("other.duckdb", {})


def test_the_newest_recorder_is_the_default(recorder: OneRecorder, tmp_path: Path) -> None:
    """The one before it is found again by its file alone, and by default when the newer one goes."""
    with new_ledger() as connection:
        newer = OneRecorder(tmp_path / "newer.duckdb", connection)
        add_recorder(newer)
        found = [find_source(None, {}), find_source(recorder.path, {})]
        remove_recorder(newer)

        assert [connection, recorder.reading()] == found
        assert recorder.reading() is find_source(None, {})


def test_argument_comes_first() -> None:
    """A source that is named wins over everything."""
    set_default_source("default.duckdb")
    expected = Path("named.duckdb")

    assert expected == find_source("named.duckdb", BOTH)


@pytest.mark.parametrize("url", ["http://host:4318", "http://host:4318/", "https://host:4318//"])
def test_urls_are_collectors(url: str) -> None:
    """http:// and https:// name a collector, with or without a slash at the end."""
    expected = Collector(url.rstrip("/"))

    assert expected == find_source(url, {})


def test_home_is_expanded() -> None:
    """A tilde in a setting is the home folder."""
    expected = Path.home() / "usage.duckdb"

    assert expected == find_source(None, {"TOKENLAKE_DB": "~/usage.duckdb"})


def test_nothing_set() -> None:
    """Without any source the error says what to set."""
    with pytest.raises(LedgerError, match=r"give source=, or set TOKENLAKE_DB .* or TOKENLAKE_URL"):
        get_token_total()


def test_url_without_scheme() -> None:
    """An address without http:// is not taken for a file."""
    with pytest.raises(LedgerError, match="TOKENLAKE_URL='localhost:4318' is no URL: write it like http://"):
        find_source(None, {"TOKENLAKE_URL": "localhost:4318"})


def test_same_total_from_every_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file, a collector and a connection over the same rows give the same total without an argument."""
    path = tmp_path / "usage.duckdb"
    with new_ledger(path) as connection:
        insert_row(connection, "2026-03-01", input_tokens=7, estimated_cost=0.5)
        set_default_source(connection)
        from_connection = get_token_total()
        set_default_source(None)
        with serving(statistics_over(connection)) as server:
            monkeypatch.setenv("TOKENLAKE_URL", server.url)
            from_collector = get_token_total()
    monkeypatch.setenv("TOKENLAKE_DB", str(path))

    assert from_connection["total_tokens"] == 7
    assert from_connection == from_collector == get_token_total()
