"""A write-ahead log that does not replay is kept, never deleted, and the ledger goes on without it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import httpx
import pytest

from harness.collector_process import running_collector
from harness.crashed_ledger import (
    IN_FILE,
    IN_LOG,
    crashed_foreign_database,
    log_beside,
)
from tokenlake_collector.errors import StartupError
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.storage.write_ahead_log import CHECKPOINT_BYTES, damaged_logs, reads_to_its_end

Damage = Callable[[bytes], bytes]


def rows(ledger: Ledger) -> int:
    with ledger.cursor() as cursor:
        return int(cursor.execute("SELECT count(*) FROM token_usage").fetchall()[0][0])


def reopened_rows(db: Path) -> int:
    ledger = Ledger.open(db)
    try:
        return rows(ledger)
    finally:
        ledger.close()


def head_of(log: bytes) -> int:
    """Return the length of a log's head, which ends with the first field of the number 0xffff."""
    return log.index(b"\xff\xff") + 2


def overwritten(place: int, with_what: bytes) -> Damage:
    """Overwrite bytes at a distance from the head's end."""

    def damage(log: bytes) -> bytes:
        begin = head_of(log) + place
        return log[:begin] + with_what + log[begin + len(with_what) :]

    return damage


def of_another_file(log: bytes) -> bytes:
    """Give the log the id of another file, sixteen zeros; the checkpoint's number stands behind it."""
    return log[:9] + bytes(16) + log[head_of(log) - 5 :]


GARBAGE = overwritten(2_000, b"\xa5" * 400)
REFUSED = [
    pytest.param(GARBAGE, id="garbage in an entry"),
    pytest.param(overwritten(-5, b"\x67\x00\x7f"), id="of another checkpoint"),
    pytest.param(of_another_file, id="of another file"),
    pytest.param(lambda log: log[:2] + b"\x7f" + log[3:], id="an unknown kind of entry at the head"),
]
SKIPPED = [
    pytest.param(lambda log: b"\xa5" * head_of(log) + log[head_of(log) :], id="garbage at the head"),
    pytest.param(lambda _: b"hello\n" * 20, id="a text"),
    pytest.param(lambda log: log[:10], id="a head cut off"),
    pytest.param(overwritten(0, (2**50).to_bytes(8, "little")), id="an absurd length"),
    pytest.param(overwritten(0, bytes(8)), id="a length of zero"),
]


@pytest.mark.parametrize("damage", REFUSED)
def test_a_log_that_does_not_replay_is_set_aside(
    damage: Damage, db: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The ledger is as of its last checkpoint; the damaged log has its bytes, a new name and one warning."""
    log = log_beside(db)
    damaged = damage(log.read_bytes())
    log.write_bytes(damaged)

    assert IN_FILE == reopened_rows(db)
    (aside,) = damaged_logs(db)
    assert re.fullmatch(r"usage\.duckdb\.wal\.damaged-\d{8}T\d{6}\.\d{6}Z", aside.name)
    assert damaged == aside.read_bytes()
    (warning,) = caplog.messages
    assert [] == [word for word in (str(db), aside.name, f"({len(damaged)} bytes)") if word not in warning]


@pytest.mark.parametrize("damage", SKIPPED)
def test_a_log_that_duckdb_would_skip_in_silence_is_kept_as_a_copy(
    damage: Damage, db: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """DuckDB opens the file, shows nothing of the log, and overwrites it with the next commit."""
    log = log_beside(db)
    damaged = damage(log.read_bytes())
    log.write_bytes(damaged)

    assert IN_FILE == reopened_rows(db)
    (copy,) = damaged_logs(db)
    assert (damaged, 0o600) == (copy.read_bytes(), copy.stat().st_mode & 0o777)
    (warning,) = caplog.messages
    assert copy.name in warning


@pytest.mark.parametrize(
    ("damage", "lost"),
    [
        pytest.param(lambda log: log, 0, id="as it was"),
        pytest.param(lambda log: log[:-10], IN_LOG // 10, id="the last transaction cut off"),
        pytest.param(
            lambda log: log + bytes(4096),
            0,
            id="zeros behind it",
            marks=pytest.mark.skipif(duckdb.__version__.startswith("1."), reason="DuckDB 1 refuses them"),
        ),
        pytest.param(lambda _: b"", IN_LOG, id="empty"),
    ],
)
def test_what_a_crash_leaves_is_no_damage(
    damage: Damage, lost: int, db: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A torn last transaction was acknowledged to nobody: nothing is set aside and nobody is warned."""
    log = log_beside(db)
    log.write_bytes(damage(log.read_bytes()))

    assert IN_FILE + IN_LOG - lost == reopened_rows(db)
    assert ([], []) == (damaged_logs(db), caplog.messages)


def test_a_log_is_read_to_its_end_wherever_it_is_cut(db: Path) -> None:
    """Whatever length a crash leaves, from the end of the head on, is no damage."""
    log = log_beside(db)
    whole = log.read_bytes()
    seen = []
    for length in range(head_of(whole), len(whole), 997):
        log.write_bytes(whole[:length])
        seen.append(reads_to_its_end(db))

    assert {True} == set(seen)


def test_commits_go_on_and_last_after_a_log_was_set_aside(db: Path) -> None:
    """A row that is stored afterwards is there after another start."""
    log_beside(db).write_bytes(GARBAGE(log_beside(db).read_bytes()))
    ledger = Ledger.open(db)
    ledger.transaction(
        lambda connection: connection.execute("INSERT INTO token_usage (model) VALUES ('new')")
    )
    ledger.close()

    assert IN_FILE + 1 == reopened_rows(db)


def test_readiness_notes_a_log_that_was_set_aside(db: Path) -> None:
    """The collector serves, and says in /readyz what may be missing until the set-aside log is moved away."""
    log_beside(db).write_bytes(GARBAGE(log_beside(db).read_bytes()))
    with running_collector(db) as collector:
        noted = httpx.get(f"{collector.http}/readyz")
        (aside,) = damaged_logs(db)
        mode = aside.stat().st_mode & 0o777
        aside.unlink()
        clean = httpx.get(f"{collector.http}/readyz")

    assert (200, "ok") == (noted.status_code, noted.json()["status"])
    (note,) = noted.json()["notes"]
    assert [] == [word for word in (aside.name, "may be missing") if word not in note]
    assert 0 == mode & 0o077
    assert {"status": "ok"} == clean.json()


def test_a_log_of_a_running_collector_is_left_alone(tmp_path: Path) -> None:
    """Another process holds the file: that is the message, and its log is not touched."""
    db = tmp_path / "usage.duckdb"
    with running_collector(db) as collector:
        httpx.post(
            f"{collector.http}/v1/traces", content=b"{}", headers={"Content-Type": "application/json"}
        ).raise_for_status()
        with pytest.raises(StartupError, match="in use by another process"):
            Ledger.open(db)
        assert 200 == httpx.get(f"{collector.http}/readyz").status_code
    assert [] == damaged_logs(db)


def test_a_log_of_somebody_elses_file_stays_where_it_is(tmp_path: Path) -> None:
    """The file is refused for what it is; nothing was renamed for it."""
    db = tmp_path / "theirs.duckdb"
    log = crashed_foreign_database(db)
    log.write_bytes(GARBAGE(log.read_bytes()))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    with pytest.raises(StartupError, match="not ours"):
        Ledger.open(db)
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_the_log_stays_small(tmp_path: Path) -> None:
    """A checkpoint comes before the log is larger than its limit and one transaction."""
    db = tmp_path / "usage.duckdb"
    ledger = Ledger.open(db)
    sql = "INSERT INTO token_usage (model, session_id) SELECT 'm', repeat('x', 1000) FROM range(1000)"
    largest = 0
    for _ in range(2 * CHECKPOINT_BYTES // 1_000_000):
        ledger.transaction(lambda connection: connection.execute(sql))
        largest = max(largest, log_beside(db).stat().st_size if log_beside(db).exists() else 0)
    ledger.close()

    assert CHECKPOINT_BYTES / 2 < largest < CHECKPOINT_BYTES + 2_000_000
