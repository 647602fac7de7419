"""A disk without room: senders are told to retry, nothing acknowledged is lost, and all goes on by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from harness.full_disk import files_limited
from harness.otlp import CHAT, SpanSpec, trace_bytes
from harness.table import prices
from tokenlake_collector.errors import CommitFailed
from tokenlake_collector.ingest import Accepted, Ingest
from tokenlake_collector.meters import Meters
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage import ledger as ledger_module
from tokenlake_collector.storage import opening
from tokenlake_collector.storage.ledger import Ledger

INSERT = "INSERT INTO token_usage (model, session_id) SELECT 'm', md5(random()::VARCHAR) FROM range(100)"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "usage.duckdb"
    Ledger.open(path).close()
    return path


@pytest.fixture
def ledger(db: Path) -> Iterator[Ledger]:
    opened = Ledger.open(db)
    yield opened
    opened.close()


@pytest.fixture
def soon_checkpointed(db: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """A ledger that writes a checkpoint, which needs room in the file, when its log has 64 KiB."""
    monkeypatch.setitem(opening.CONFIG, "checkpoint_threshold", "64 KiB")
    opened = Ledger.open(db)
    yield opened
    opened.close()


def insert(ledger: Ledger) -> None:
    ledger.transaction(lambda connection: connection.execute(INSERT))


def count(ledger: Ledger) -> int:
    with ledger.cursor() as cursor:
        return int(cursor.execute("SELECT count(*) FROM token_usage").fetchall()[0][0])


def insert_until_it_fails(ledger: Ledger) -> tuple[int, str]:
    """Return how many hundred rows went in, and why no more did."""
    for stored in range(1_000):
        try:
            insert(ledger)
        except CommitFailed as error:
            return stored, str(error)
    raise AssertionError("there was always room")


def test_a_log_without_room_fails_a_commit_that_can_be_repeated(db: Path, ledger: Ledger) -> None:
    """Nothing of it is stored, what was acknowledged is; with room again the next one goes in."""
    with files_limited(db.stat().st_size):
        stored, reason = insert_until_it_fails(ledger)
        held = count(ledger)
    insert(ledger)

    assert stored > 0
    assert "the disk is full: make room" in reason
    assert (stored * 100, stored * 100 + 100) == (held, count(ledger))


def test_readiness_fails_while_there_is_no_room_and_comes_back_without_any_request(
    db: Path, ledger: Ledger
) -> None:
    """A trial commit finds the room; it leaves neither rows nor a table behind."""
    with files_limited(db.stat().st_size):
        insert_until_it_fails(ledger)
        for _ in range(2):
            with pytest.raises(CommitFailed, match="the disk is full: make room"):
                ledger.check()
    before = count(ledger)
    ledger.check()
    with ledger.cursor() as cursor:
        probes = cursor.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE '%probe%'"
        ).fetchall()

    assert (before, [(0,)]) == (count(ledger), probes)


def test_a_checkpoint_without_room_is_told_as_a_failed_commit_and_the_database_recovers(
    db: Path, soon_checkpointed: Ledger
) -> None:
    """DuckDB invalidates the database then: it is opened again, with every row that it called durable."""
    ledger = soon_checkpointed
    with files_limited(db.stat().st_size + 100_000):
        stored, reason = insert_until_it_fails(ledger)
        held = count(ledger)
        with pytest.raises(CommitFailed, match="the disk is full: make room"):
            ledger.check()
    insert(ledger)
    ledger.check()

    assert "the disk is full" in reason
    assert (stored + 1) * 100 == held
    assert held + 100 == count(ledger)


def test_a_reader_s_idle_cursor_does_not_hold_up_the_recovery(db: Path, soon_checkpointed: Ledger) -> None:
    """The cursor is closed for the reader, who gets an error and may take another one."""
    ledger = soon_checkpointed
    reader = ledger.cursor()
    reader.execute("SELECT * FROM token_usage")
    with files_limited(db.stat().st_size + 100_000):
        insert_until_it_fails(ledger)
        held = count(ledger)
    with pytest.raises(duckdb.Error):
        reader.execute("SELECT 1")

    assert held > 0


@pytest.mark.skipif(
    duckdb.__version__.startswith("1."), reason="DuckDB 1 waits for a busy reader where 2 refuses to close it"
)
def test_a_busy_reader_delays_the_recovery_until_it_is_done(db: Path, soon_checkpointed: Ledger) -> None:
    """Its query cannot be interrupted: commits fail meanwhile and can be repeated, and nothing breaks."""
    ledger = soon_checkpointed
    begun, go_on = threading.Event(), threading.Event()

    def slow(number: int) -> int:
        begun.set()
        go_on.wait()
        return number

    reader = ledger.cursor()
    reader.create_function("slow", slow, ["BIGINT"], "BIGINT")
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(reader.execute, "SELECT slow(1)")
        begun.wait()
        with files_limited(db.stat().st_size + 100_000):
            insert_until_it_fails(ledger)
        with pytest.raises(CommitFailed, match="open in this process already"):
            insert(ledger)
        with pytest.raises(CommitFailed):
            ledger.check()
        go_on.set()
        reading.exception()
    reader.close()
    insert(ledger)
    ledger.check()

    assert 0 < count(ledger)


def test_a_checkpoint_now_and_then_that_fails_does_not_fail_its_commit(
    db: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are safe in the log: the commit is acknowledged, and readiness tells about the disk."""
    with files_limited(db.stat().st_size + 100_000):
        monkeypatch.setattr(ledger, "_next_checkpoint", 0.0)
        insert(ledger)
        with pytest.raises(CommitFailed, match="the disk is full"):
            ledger.check()
    ledger.check()

    assert 100 == count(ledger)


def test_a_checkpoint_comes_now_and_then(db: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while the next commit empties the log, however little is in it."""
    log = db.with_name(db.name + ".wal")
    insert(ledger)
    before = log.exists()
    monkeypatch.setattr(ledger_module, "CHECKPOINT_S", 0)
    monkeypatch.setattr(ledger, "_next_checkpoint", 0.0)
    insert(ledger)

    assert (True, False) == (before, log.exists())


def test_a_ledger_closes_without_room_and_keeps_its_rows_in_the_log(db: Path) -> None:
    """No checkpoint can be written at the end: the next start replays the log."""
    ledger = Ledger.open(db)
    with files_limited(db.stat().st_size + 100_000):
        insert(ledger)
        ledger.close()
    ledger = Ledger.open(db)

    assert 100 == count(ledger)
    ledger.close()


def test_one_failure_is_logged_once(
    db: Path, ledger: Ledger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line when commits begin to fail and one when they succeed again, whatever is tried in between."""
    with files_limited(db.stat().st_size):
        for _ in range(5):
            insert_until_it_fails(ledger)
            ledger.transaction(lambda connection: connection.execute("SELECT 1"))
    monkeypatch.setattr(ledger, "_failed_at", time.monotonic() - 6)
    insert(ledger)

    assert ["ERROR", "WARNING"] == [record.levelname for record in caplog.records]
    assert "commits fail from now on" in caplog.messages[0]
    assert "commits succeed again" in caplog.messages[1]


def test_calls_that_are_durable_without_an_acknowledgement_have_their_say(
    db: Path, soon_checkpointed: Ledger
) -> None:
    """Their agent repeats their sum and comes later, they do not come again: it must not count (C1)."""
    ledger = soon_checkpointed
    ingest = Ingest(ledger, Meters(), prices())
    agent = {**CHAT, "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner"}
    summed = agent | {"gen_ai.usage.input_tokens": 5_000, "gen_ai.usage.output_tokens": 1_000}
    with files_limited(db.stat().st_size + 100_000):
        for trace in range(1, 100):
            calls = [
                SpanSpec(span_id=trace * 100 + step, trace_id=trace, parent_id=trace) for step in range(50)
            ]
            (outcome,) = ingest.process(Signal.TRACES, [trace_bytes(*calls)])
            if isinstance(outcome, CommitFailed):
                break
    (clear,) = ingest.process(Signal.TRACES, [trace_bytes(SpanSpec(summed, span_id=trace, trace_id=trace))])
    with ledger.cursor() as cursor:
        totals = cursor.execute("SELECT count(*), sum(input_tokens)::BIGINT FROM token_usage").fetchall()

    assert (CommitFailed, Accepted) == (type(outcome), type(clear))
    assert [(50 * trace, 5_000 * trace)] == totals
