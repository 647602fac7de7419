"""Which source is asked when a call names none."""

from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from harness.ledger_rows import insert_row, new_ledger
from harness.statistics_server import serving, statistics_over
from tokenlake_queries import LedgerError, get_token_total, set_default_source
from tokenlake_queries.remote import Collector
from tokenlake_queries.sources import find_source

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
