"""A collector that cannot start says why in one line, exits with 2, and touches nothing."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from harness.collector_process import clean_environment, running_collector


def serve(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tokenlake_collector", "serve"]
    ports = ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"]
    return subprocess.run(
        [*command, *ports, *options],
        capture_output=True,
        text=True,
        timeout=20,
        env=clean_environment(),
        check=False,
    )


def assert_refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    lines = result.stderr.strip().splitlines()
    assert (2, 1, "") == (result.returncode, len(lines), result.stdout), result.stderr
    assert lines[0].startswith("tokenlake: ")
    assert [] == [word for word in words if word not in lines[0]], lines[0]


def fingerprint(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def _newer(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE tokenlake_migrations (version INTEGER, name VARCHAR)")
        connection.execute("INSERT INTO tokenlake_migrations VALUES (9999, 'from_the_future')")


def _foreign(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE token_usage (mine INTEGER)")


def _sqlite(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE token_usage (id INTEGER)")
    connection.close()


def _text(path: Path) -> None:
    path.write_text("hello\n" * 100)


def _empty(path: Path) -> None:
    path.touch()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_newer, ("schema 9999", "upgrade tokenlake")),
        (_foreign, ("token_usage", "choose another --db")),
        (_sqlite, ("not a DuckDB database", "choose another --db")),
        (_text, ("not a DuckDB database", "choose another --db")),
        (_empty, ("not a DuckDB database", "choose another --db")),
        (Path.mkdir, ("not a file", "choose another --db")),
    ],
)
def test_a_file_that_is_not_ours_is_refused_and_left_as_it_is(
    make: object, words: tuple[str, ...], tmp_path: Path
) -> None:
    """The message names the file, what is wrong and the remedy; the folder's bytes stay the same."""
    db = tmp_path / "usage.duckdb"
    make(db)  # type: ignore[operator]  # each makes another kind of file
    before = {} if db.is_dir() else fingerprint(tmp_path)
    result = serve("--db", str(db))

    assert_refused(result, str(db), *words)
    assert before == ({} if db.is_dir() else fingerprint(tmp_path))


def test_a_file_of_another_collector_is_refused(tmp_path: Path) -> None:
    """The message says that another process has the file; that one goes on."""
    db = tmp_path / "usage.duckdb"
    with running_collector(db) as first:
        assert_refused(serve("--db", str(db)), str(db), "in use by another process", "stop it")
        assert first.process.poll() is None


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """No folder is made on the quiet."""
    assert_refused(serve("--db", str(tmp_path / "no" / "usage.duckdb")), "does not exist", "make it")
    assert [] == list(tmp_path.iterdir())


def test_an_unwritable_folder_is_named() -> None:
    """/proc takes no files, not even from root."""
    assert_refused(serve("--db", "/proc/usage.duckdb"), "cannot be written", "permissions of /proc")


@pytest.mark.parametrize("option", ["--grpc", "--http"])
def test_a_taken_address_is_named(option: str, tmp_path: Path) -> None:
    """The second collector on an address does not take half of the traffic; it says that it cannot listen."""
    with running_collector(tmp_path / "first.duckdb") as first:
        taken = first.grpc if option == "--grpc" else first.http.removeprefix("http://")
        result = serve("--db", str(tmp_path / "second.duckdb"), option, taken)

    assert_refused(result, option, taken, "choose another address")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--grpc", "4317"), ("--grpc", "'4317'", "HOST:PORT")),
        (("--http", "localhost:99999"), ("--http", "HOST:PORT")),
        (("--log-level", "loud"), ("--log-level", "'loud'", "warning")),
        (("--log-format", "xml"), ("--log-format", "'xml'", "logfmt or json")),
        (("--timezone", "Mars/Olympus"), ("--timezone", "Mars/Olympus")),
        (("--prices", "none.toml"), ("none.toml", "name a TOML file in --prices")),
    ],
)
def test_a_bad_setting_is_named_with_its_value(
    options: tuple[str, ...], words: tuple[str, ...], tmp_path: Path
) -> None:
    """Key, value and what to write instead; no ledger is created for it."""
    assert_refused(serve("--db", str(tmp_path / "usage.duckdb"), *options), *words)
    assert [] == list(tmp_path.iterdir())
