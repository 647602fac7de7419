"""`tokenlake backup` makes one checked file, of a stopped ledger or a running one, and overwrites nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb
import httpx
import pytest

from harness.collector_process import running_collector
from harness.console import console
from harness.crashed_ledger import IN_FILE, IN_LOG, copied, crashed_ledger, log_beside
from harness.full_disk import files_limited
from harness.otlp import SpanSpec, trace_bytes
from tokenlake_collector.errors import StartupError
from tokenlake_collector.storage.backup import back_up, keep
from tokenlake_collector.storage.ledger import Ledger


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    db = tmp_path_factory.mktemp("crashed") / "usage.duckdb"
    crashed_ledger(db)
    return db


def whole(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables, with the tables' definitions."""
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute("SELECT table_name, sql FROM duckdb_tables() ORDER BY 1").fetchall()
        return {
            sql: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name, sql in tables
        }


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def send(url: str, first: int, count: int) -> None:
    spans = [SpanSpec(span_id=number, trace_id=number) for number in range(first, first + count)]
    headers = {"Content-Type": "application/x-protobuf"}
    httpx.post(f"{url}/v1/traces", content=trace_bytes(*spans), headers=headers).raise_for_status()


def test_a_stopped_ledger_with_a_log_is_copied_whole_and_left_as_it_is(crashed: Path, tmp_path: Path) -> None:
    """All rows, those of the log too, and all definitions; the copy is for its owner alone."""
    (tmp_path / "it's here").mkdir()
    db = copied(crashed, tmp_path / "it's here" / "usage.duckdb")
    before = contents(db.parent)
    backup = tmp_path / "it's the backup.duckdb"
    result = console("backup", "--db", db, backup)

    assert (0, "") == (result.returncode, result.stderr)
    assert f"{backup}: {db} with {IN_FILE + IN_LOG} rows in token_usage\n" == result.stdout
    assert before == contents(db.parent)
    assert whole(db) == whole(backup)
    assert 0o600 == backup.stat().st_mode & 0o777
    assert not log_beside(backup).exists()


def test_a_running_ledger_is_copied_while_it_goes_on(tmp_path: Path) -> None:
    """The collector hands the copy over; what comes afterwards is stored, and in the next backup."""
    db = tmp_path / "usage.duckdb"
    with running_collector(db) as collector:
        send(collector.http, 1, 100)
        first = console("backup", "--db", db, "--url", collector.http, tmp_path / "first.duckdb")
        send(collector.http, 101, 50)
        second = console("backup", tmp_path / "second.duckdb", TOKENLAKE_URL=collector.http)
        left = sorted(path.name for path in tmp_path.iterdir())

    assert (0, 0) == (first.returncode, second.returncode), first.stderr + second.stderr
    assert f"{tmp_path / 'first.duckdb'}: {collector.http} with 100 rows in token_usage\n" == first.stdout
    assert f"{tmp_path / 'second.duckdb'}: {collector.http} with 150 rows in token_usage\n" == second.stdout
    assert whole(db) == whole(tmp_path / "second.duckdb")
    assert 0o600 == (tmp_path / "first.duckdb").stat().st_mode & 0o777
    assert ["first.duckdb", "second.duckdb", "usage.duckdb", "usage.duckdb.wal"] == left


def test_a_collector_starts_with_a_backup(crashed: Path, tmp_path: Path) -> None:
    """It is a ledger like any other: that is the way back."""
    backup = tmp_path / "backup.duckdb"
    console("backup", "--db", crashed, backup).check_returncode()
    with running_collector(backup) as collector:
        send(collector.http, 1, 1)
        total = httpx.get(f"{collector.http}/metrics/token/total").json()

    assert IN_FILE + IN_LOG + 1 == total["calls"]


def test_nothing_is_overwritten(crashed: Path, tmp_path: Path) -> None:
    """A file under the name is refused, whatever it is."""
    taken = tmp_path / "taken"
    taken.write_text("mine")
    result = console("backup", "--db", crashed, taken)

    assert (2, "mine") == (result.returncode, taken.read_text())
    assert "is there already: name a new file" in result.stderr
    assert ["taken"] == [path.name for path in tmp_path.iterdir()]


def test_a_file_that_appears_meanwhile_is_not_overwritten(crashed: Path, tmp_path: Path) -> None:
    """The name is taken at the end, or not at all."""
    content = crashed.read_bytes()
    late = tmp_path / "late"

    def chunks() -> list[bytes]:
        late.write_text("mine")
        return [content]

    expected = {
        "token_usage": IN_FILE,
        "token_usage_uncounted": 0,
        "tokenlake_migrations": 6,
        "trace_spans": 0,
        "usage_hours": 0,
        "usage_hours_touched": 0,
        "usage_hours_until": 1,
        "usage_pruned": 1,
    }
    with pytest.raises(StartupError, match="cannot be copied there"):
        keep((chunk for make in (chunks,) for chunk in make()), expected, late)

    assert "mine" == late.read_text()
    assert ["late"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("chunks", "words"),
    [
        pytest.param([b""], "not a valid DuckDB", id="nothing came"),
        pytest.param([b"\0" * 20_000], "not a valid DuckDB", id="something else came"),
    ],
)
def test_what_is_not_a_ledger_gets_no_name(chunks: list[bytes], words: str, tmp_path: Path) -> None:
    """A reply that was cut off is no backup."""
    with pytest.raises(StartupError, match=words):
        keep(chunks, {"token_usage": 1}, tmp_path / "backup")

    assert [] == list(tmp_path.iterdir())


def test_a_copy_with_other_rows_gets_no_name(crashed: Path, tmp_path: Path) -> None:
    """The counts of what was copied decide, not the file's looks."""
    with pytest.raises(StartupError, match="try again"):
        keep([crashed.read_bytes()], {"token_usage": IN_FILE + 1}, tmp_path / "backup")

    assert [] == list(tmp_path.iterdir())


def test_a_backup_without_room_leaves_nothing(crashed: Path, tmp_path: Path) -> None:
    """The disk is full halfway: a clear error, no half file, and the ledger goes on."""
    folder = tmp_path / "backups"
    folder.mkdir()
    ledger = Ledger.open(copied(crashed, tmp_path / "usage.duckdb"))
    insert = "INSERT INTO token_usage (session_id) SELECT md5(random()::VARCHAR) FROM range(20000)"
    ledger.transaction(lambda connection: connection.execute(insert))
    with (
        ledger.cursor() as cursor,
        files_limited(300_000),
        pytest.raises(StartupError, match="File too large"),
    ):
        back_up(cursor, folder / "backup")
    ledger.check()
    with ledger.cursor() as cursor:
        rows = back_up(cursor, tmp_path / "backup")
    ledger.close()

    assert [] == list(folder.iterdir())
    assert IN_FILE + IN_LOG + 20_000 == rows["token_usage"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--db", "none.duckdb", "backup"), ("none.duckdb does not exist",)),
        (("--url", "http://127.0.0.1:9", "backup"), ("http://127.0.0.1:9", "no collector answers")),
    ],
)
def test_a_ledger_that_is_not_there_is_named(
    arguments: tuple[str, ...], words: tuple[str, ...], tmp_path: Path
) -> None:
    """One line on stderr, exit code 2, no file."""
    result = console("backup", *arguments[:-1], tmp_path / arguments[-1])

    assert (2, 1) == (result.returncode, len(result.stderr.splitlines())), result.stderr
    assert [] == [word for word in words if word not in result.stderr]
    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_named(crashed: Path, tmp_path: Path) -> None:
    """No folder is made on the quiet."""
    result = console("backup", "--db", crashed, tmp_path / "no" / "backup")

    assert 2 == result.returncode
    assert "does not exist: make it" in result.stderr
    assert [] == list(tmp_path.iterdir())
