"""A locked database reads and writes its own file, and nothing else, whatever SQL reaches it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from harness.otlp import SpanSpec, trace_bytes
from harness.table import store
from tokenlake_collector.live_sql import SqlLimits, runner
from tokenlake_collector.live_sql.runner import Statement, run
from tokenlake_collector.storage.backup import back_up
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.storage.locks import copies_folder, lock


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    db = tmp_path / "it's here" / "usage.duckdb"
    db.parent.mkdir()
    (db.parent / "secret.csv").write_text("a\n1\n")
    opened = Ledger.open(db, 256, lambda connection: lock(connection, copies_folder(db)))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "statement",
    [
        "FROM '{folder}/secret.csv'",
        "FROM glob('{folder}/*')",
        "FROM read_text('{folder}/secret.csv')",
        "COPY token_usage TO '{folder}/stolen.csv'",
        "ATTACH '{folder}/other.duckdb'",
        "SET threads = 1",
        "SET GLOBAL enable_external_access = true",
        "LOAD httpfs",
        "FROM Path",
    ],
)
def test_sql_that_nobody_checked_reaches_nothing(statement: str, ledger: Ledger) -> None:
    """The second layer holds without the first."""
    folder = str(ledger.folder).replace("'", "''")
    with ledger.cursor() as cursor, pytest.raises(duckdb.Error):
        cursor.execute(statement.format(folder=folder)).fetchall()

    assert ledger.folder is not None
    assert ["secret.csv", "usage.duckdb"] == sorted(path.name for path in ledger.folder.iterdir())


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM token_usage RETURNING *", "INSERT INTO token_usage (model) VALUES ('mine') RETURNING *"],
)
def test_a_change_that_nobody_checked_is_none(
    statement: str, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third layer, a read-only transaction, holds without the first."""
    monkeypatch.setattr(runner, "check", lambda _: None)
    store(ledger, [trace_bytes(SpanSpec())])
    with ledger.cursor() as cursor, pytest.raises(ValueError, match="read-only"):
        run(cursor, Statement(statement), SqlLimits())
    with ledger.cursor() as cursor:
        assert [(1,)] == cursor.execute("SELECT count(*) FROM token_usage").fetchall()


def test_the_collector_s_own_work_goes_on(ledger: Ledger) -> None:
    """Rows, a checkpoint, readiness and a backup."""
    store(ledger, [trace_bytes(SpanSpec())])
    ledger.check()
    copies = copies_folder(ledger.path)
    copies.mkdir()
    with ledger.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        rows = back_up(cursor, copies / "copy.duckdb")

    assert 1 == rows["token_usage"]


def test_a_database_that_is_opened_again_is_locked_again(ledger: Ledger) -> None:
    """As after a full disk."""
    ledger._database.reopen()
    with ledger.cursor() as cursor, pytest.raises(duckdb.InvalidInputException, match="locked"):
        cursor.execute("SET threads = 1")


def test_a_cursor_is_free_after_a_statement_whatever_became_of_it(ledger: Ledger) -> None:
    """No transaction stays open, which would keep old rows and hide new ones."""
    with ledger.cursor() as cursor:
        for sql in ("SELECT 1", "SELECT 'x'::INTEGER", "SELECT * FROM range(11)", "FROM nothing"):
            try:
                run(cursor, Statement(sql), SqlLimits(max_rows=10))
            except ValueError:
                continue
        store(ledger, [trace_bytes(SpanSpec())])

        assert [1] == run(cursor, Statement("SELECT count(*) AS n FROM token_usage"), SqlLimits())[
            "n"
        ].to_pylist()
