"""The exporter of embedded mode: durable before it says so, readable at once, closed when nobody uses it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import duckdb
import pytest
from opentelemetry.sdk.trace.export import SpanExportResult
from prometheus_client import CollectorRegistry, Counter, generate_latest

from harness.embedded import calls, embedded
from harness.full_disk import files_limited
from harness.small_disk import fill, small_disk
from tokenlake.errors import EmbeddedModeError
from tokenlake_collector.embedded import open_embedded
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_queries import LedgerError, get_token_total
from tokenlake_queries.sources import find_source


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "usage.duckdb"


def native_threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_exported_spans_are_read_at_once(db: Path) -> None:
    """Two calls of 100 and 20 tokens are 240, by default and from the file's own name, which is open."""
    with embedded(db) as exporter:
        result = exporter.export(calls(2))
        totals = [get_token_total()["total_tokens"], get_token_total(source=str(db))["total_tokens"]]

    assert SpanExportResult.SUCCESS is result
    assert [240, 240] == totals


def test_the_same_file_by_another_way_is_read_through_the_recorder(db: Path, tmp_path: Path) -> None:
    """A link to the open file is not opened a second time, which would release the lock on it."""
    (tmp_path / "link.duckdb").symlink_to(db)
    with embedded(db) as exporter:
        exporter.export(calls(1))

        assert 1 == get_token_total(source=tmp_path / "link.duckdb")["calls"]


def test_the_costs_are_computed(db: Path) -> None:
    """GPT-5 takes 1.25 USD per million input tokens and 10 USD per million output tokens."""
    with embedded(db) as exporter:
        exporter.export(calls(1))
        expected = (100 * 1.25 + 20 * 10) / 1e6

        assert get_token_total()["estimated_cost"] == pytest.approx(expected, rel=1e-12)


def test_own_prices_beat_the_list(db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TOKENLAKE_PRICES names the file, as for `tokenlake serve`."""
    prices = tmp_path / "prices.toml"
    prices.write_text('[[price]]\nmodel = "gpt-5"\ninput = 10.0\noutput = 100.0\n')
    monkeypatch.setenv("TOKENLAKE_PRICES", str(prices))
    with embedded(db) as exporter:
        exporter.export(calls(1))
        expected = (100 * 10 + 20 * 100) / 1e6

        assert get_token_total()["estimated_cost"] == pytest.approx(expected, rel=1e-12)


def test_wrong_own_prices_are_refused(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A price file that is not there is an error of the start, and nothing is created."""
    monkeypatch.setenv("TOKENLAKE_PRICES", "nowhere.toml")

    with pytest.raises(EmbeddedModeError, match=r"nowhere\.toml"):
        open_embedded(db)

    assert not db.exists()


def test_the_file_is_released_by_shutdown(db: Path, tmp_path: Path) -> None:
    """Any DuckDB opens it then, nothing else is left beside it, and a second shutdown does nothing."""
    exporter = open_embedded(db)
    exporter.export(calls(3))
    exporter.shutdown()
    exporter.shutdown()

    with duckdb.connect(db) as connection:
        rows = connection.execute("SELECT count(*) FROM token_usage").fetchall()

    assert [(3,)] == rows
    assert [db] == list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_whole_is_not_left_behind(tmp_path: Path) -> None:
    """Half a database would be refused by every later init."""
    with small_disk(tmp_path / "small", 2) as folder:
        fill(folder / "filler", room=100_000)
        with pytest.raises(EmbeddedModeError, match="cannot be opened: make room"):
            open_embedded(folder / "usage.duckdb")

        assert [folder / "filler"] == list(folder.iterdir())


def test_a_batch_after_shutdown_is_lost_aloud(
    db: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A thread that is late creates no files beside the one that is closed."""
    exporter = open_embedded(db)
    exporter.shutdown()

    assert SpanExportResult.FAILURE is exporter.export(calls(2))
    assert ["2 spans could not be stored and are lost (the ledger is closed); 2 until now"] == caplog.messages
    assert [db] == list(tmp_path.iterdir())


def test_nothing_is_read_by_default_after_shutdown(db: Path) -> None:
    """The default goes with the recorder."""
    with embedded(db):
        pass

    with pytest.raises(LedgerError, match="no token_usage to read"):
        get_token_total()


def test_two_exporters_share_a_file(db: Path) -> None:
    """A second init on the same file opens before the first closes; the last of them releases it."""
    with embedded(db) as second:
        with embedded(db) as first:
            first.export(calls(1))
        second.export(calls(1))

        assert 2 == get_token_total()["calls"]
    with duckdb.connect(db):
        pass


def test_the_newest_file_is_the_default(db: Path, tmp_path: Path) -> None:
    """With two files open, each is read by its name, and the one opened last without a name."""
    with embedded(db) as old, embedded(tmp_path / "new.duckdb") as new:
        old.export(calls(1))
        new.export(calls(2))
        found = [get_token_total(source=source)["calls"] for source in (None, db, tmp_path / "new.duckdb")]

    assert [2, 1, 2] == found


def test_threads_write_and_read_at_the_same_time(db: Path) -> None:
    """All 100 batches of 2 calls are there, and no reader ever sees half a batch."""
    batches = [calls(2) for _ in range(100)]
    with embedded(db) as exporter, ThreadPoolExecutor(5) as pool:
        writing = [pool.submit(exporter.export, batch) for batch in batches]
        seen = [pool.submit(get_token_total).result()["calls"] for _ in range(10)]
        results = {one.result() for one in writing}
        total = get_token_total()["calls"]

    assert {SpanExportResult.SUCCESS} == results
    assert 200 == total
    assert [] == [number for number in seen if number % 2]


@pytest.fixture
def _open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_open_umask")
def test_all_files_are_for_their_owner_alone(db: Path, tmp_path: Path) -> None:
    """Whatever the umask, which stays as it is: the file, its log after each checkpoint, temporary files."""
    with embedded(db) as exporter:
        exporter.export(calls(1))
        modes = {path.name: mode(path) for path in tmp_path.iterdir()}
    umask = os.umask(0)

    assert {"usage.duckdb": 0o600, "usage.duckdb.wal": 0o600, "usage.duckdb.tmp": 0o700} == modes
    assert {db: 0o600} == {path: mode(path) for path in tmp_path.iterdir()}
    assert 0 == umask


@pytest.mark.usefixtures("_open_umask")
def test_an_existing_file_keeps_its_mode(db: Path, tmp_path: Path) -> None:
    """Somebody gave it to a group on purpose; its log is still for its owner alone."""
    Ledger.open(db).close()
    db.chmod(0o640)
    with embedded(db) as exporter:
        exporter.export(calls(1))
        modes = {path.name: mode(path) for path in tmp_path.iterdir()}

    assert {"usage.duckdb": 0o640, "usage.duckdb.wal": 0o600, "usage.duckdb.tmp": 0o700} == modes


def test_what_a_full_disk_refuses_is_stored_later(db: Path) -> None:
    """The batch is not SUCCESS, is kept, and goes in with the next one or a flush."""
    with embedded(db) as exporter:
        exporter.export(calls(1))
        with files_limited(4096):
            refused = exporter.export(calls(100)), exporter.force_flush()
        flushed = exporter.force_flush()

        assert (SpanExportResult.FAILURE, False, True) == (*refused, flushed)
        assert 101 == get_token_total()["calls"]


def test_duckdb_works_in_the_thread_that_calls_it(db: Path) -> None:
    """It has no threads of its own, and a quarter of a GiB."""
    before = native_threads()
    with embedded(db) as exporter:
        exporter.export(calls(1000))
        during = native_threads()
        reading = cast("duckdb.DuckDBPyConnection", find_source(None))
        memory = reading.execute("SELECT current_setting('memory_limit')").fetchall()

    assert before == during
    assert [("256.0 MiB",)] == memory


def test_the_applications_own_meters_stay_as_they_are() -> None:
    """prometheus_client's process-wide switches are the application's."""
    registry = CollectorRegistry()
    Counter("of_the_application", "Its own.", registry=registry).inc()

    assert b"of_the_application_created" in generate_latest(registry)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing/usage.duckdb", r"the folder .*missing does not exist: make it, or choose another file"),
        ("", r"not a file: choose another file"),
        (f"{300 * 'x'}.duckdb", r"cannot be opened: .* or choose another file \(.*File name too long"),
        ("text.duckdb", r"not a DuckDB database: choose another file"),
    ],
)
def test_an_unusable_file_is_refused_with_the_remedy(name: str, message: str, tmp_path: Path) -> None:
    """The error names the file and what to do, in words without an option of a command."""
    (tmp_path / "text.duckdb").write_text("not a database at all")

    with pytest.raises(EmbeddedModeError, match=message) as refused:
        open_embedded(tmp_path / name)

    assert str(tmp_path / name) in str(refused.value)
    assert "--db" not in str(refused.value)
