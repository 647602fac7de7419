"""Parquet of other versions, and of others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from harness.importing import import_file
from harness.table import contents
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.transfer import TransferError, kind_of

ROW = "uuid() AS id, TIMESTAMP '2026-03-01' AS timestamp"


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    opened = Ledger.open(":memory:")
    yield opened
    opened.close()


def parquet(path: Path, select: str) -> Path:
    duckdb.sql(f"COPY (SELECT {select}) TO '{path}' (FORMAT parquet)")
    return path


def test_columns_that_are_missing_have_their_defaults(ledger: Ledger, tmp_path: Path) -> None:
    """A file of a version before these columns."""
    words, _ = import_file(ledger, parquet(tmp_path / "old", f"{ROW}, 7 AS input_tokens"))
    with ledger.cursor() as cursor:
        row = cursor.execute("SELECT input_tokens, output_tokens, reasoning_tokens, role FROM token_usage")
        assert [(7, 0, 0, None)] == row.fetchall()
    assert "1 new rows, 0 known already" == words


def test_rows_with_a_reason_do_not_count(ledger: Ledger, tmp_path: Path) -> None:
    """Whatever folder they are in, and also where the reason was lost."""
    for name, reason in (("a", "'container'"), ("b", "NULL::VARCHAR")):
        import_file(ledger, parquet(tmp_path / name, f"{ROW}, {reason} AS reason, uuid() AS counted_id"))

    assert [0, 2] == [len(rows) for rows in contents(ledger).values()]


def test_a_newer_file_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    """No column is dropped silently."""
    with pytest.raises(TransferError, match=r'do not fit token_usage of this version.*"shade"'):
        import_file(ledger, parquet(tmp_path / "new", f"{ROW}, 'red' AS shade"))
    assert [] == contents(ledger)["token_usage"]


def test_other_tables_are_refused(ledger: Ledger, tmp_path: Path) -> None:
    """Without an id and a time nothing can be stored once."""
    with pytest.raises(TransferError, match="import what an export made"):
        import_file(ledger, parquet(tmp_path / "other", "1 AS number"))


def test_a_torn_file_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    """With a remedy, not a traceback."""
    path = parquet(tmp_path / "torn", ROW)
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(TransferError, match=r"cannot be read to its end.*export it again"):
        import_file(ledger, path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\0" * 8 + b"DUCK", "a DuckDB file: export it"),
        (b"ARROW1\0\0", "an Arrow file: export Parquet"),
        (b'"id","timestamp","session_id"', "CSV: export Parquet"),
    ],
)
def test_what_cannot_be_imported_says_what_can(content: bytes, words: str, tmp_path: Path) -> None:
    """By its first bytes, whatever its name."""
    path = tmp_path / "usage.parquet"
    path.write_bytes(content)

    with pytest.raises(TransferError, match=words):
        kind_of(path)
