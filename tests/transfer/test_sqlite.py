"""A tracker's SQLite table moves into a ledger with equal totals, however often."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from harness.importing import import_file
from harness.table import contents
from harness.tracker import tracker_file
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_collector.transfer import TransferError

ROWS: list[dict[str, Any]] = [
    {"timestamp": "2026-03-01 10:00:00", "model": "claude-3-5-sonnet", "user_id": "user-456"}
    | {"input_tokens": 1000, "output_tokens": 500, "cache_read_tokens": 100, "estimated_cost": 0.0045},
    {"timestamp": "2026-03-01 10:00:00", "model": "claude-3-5-sonnet", "user_id": "user-456"}
    | {"input_tokens": 1000, "output_tokens": 500, "cache_read_tokens": 100, "estimated_cost": 0.0045},
    {"timestamp": "2026-03-02T00:30:00.5", "session_id": "session-123", "input_tokens": 7, "iteration": 3},
]
"""Two equal rows are two calls."""


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    opened = Ledger.open(":memory:")
    yield opened
    opened.close()


def ask(ledger: Ledger, sql: str) -> list[tuple[Any, ...]]:
    with ledger.cursor() as cursor:
        return cursor.execute(sql).fetchall()


def test_totals_are_equal(ledger: Ledger, tmp_path: Path) -> None:
    """Rows, tokens and money: 2 x (1000 + 500) + 7 tokens, 2 x 0.0045 USD."""
    words, problems = import_file(ledger, tracker_file(tmp_path / "usage.db", ROWS))

    assert ("3 new rows, 0 known already", []) == (words, problems)
    assert [(3, 2007, 1000, 200, 0.009)] == ask(
        ledger,
        "SELECT count(*), sum(input_tokens), sum(output_tokens), sum(cache_read_tokens), sum(estimated_cost) "
        "FROM token_usage",
    )


def test_the_same_file_twice_changes_nothing(ledger: Ledger, tmp_path: Path) -> None:
    """Ids are derived from the rows: a second import finds them all."""
    path = tracker_file(tmp_path / "usage.db", ROWS)
    import_file(ledger, path)
    before = contents(ledger)
    words, _ = import_file(ledger, path)

    assert "0 new rows, 3 known already" == words
    assert before == contents(ledger)


def test_what_was_added_since_is_new(ledger: Ledger, tmp_path: Path) -> None:
    """A tracker that is still in use can be imported again and again."""
    path = tracker_file(tmp_path / "usage.db", ROWS)
    import_file(ledger, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO token_usage (timestamp, model) VALUES ('2026-03-03', 'gpt-5')")
    words, _ = import_file(ledger, path)

    assert "1 new rows, 3 known already" == words


def test_times_without_offset_are_in_the_zone(ledger: Ledger, tmp_path: Path) -> None:
    """10:00 in Berlin's winter is 9:00 UTC, in its summer 8:00; an offset and a number need no zone."""
    moments = ["2026-03-01 10:00:00", "2026-07-01T10:00:00", "2026-03-01T10:00:00+05:00"]
    numbers = [1_772_359_200, 1_772_359_200_250]
    path = tracker_file(tmp_path / "usage.db", [{"timestamp": moment} for moment in [*moments, *numbers]])
    import_file(ledger, path, ZoneInfo("Europe/Berlin"))

    assert [
        (datetime(2026, 3, 1, 5),),
        (datetime(2026, 3, 1, 9),),
        (datetime(2026, 3, 1, 10),),
        (datetime(2026, 3, 1, 10, 0, 0, 250_000),),
        (datetime(2026, 7, 1, 8),),
    ] == ask(ledger, "SELECT timestamp FROM token_usage ORDER BY 1")


def test_a_cost_of_nothing_is_not_known(ledger: Ledger, tmp_path: Path) -> None:
    """0 was the default; any other cost was reported and stays."""
    rows = [{"timestamp": "2026-03-01", "estimated_cost": cost} for cost in (0, 0.5)]
    import_file(ledger, tracker_file(tmp_path / "usage.db", rows))

    assert [(0.5, 0.5), (None, None)] == ask(
        ledger, "SELECT estimated_cost, reported_cost FROM token_usage ORDER BY 1"
    )


def test_a_row_that_makes_no_sense_is_named(ledger: Ledger, tmp_path: Path) -> None:
    """A time or a count that is none costs that row only."""
    rows = [{"timestamp": "yesterday"}, {"timestamp": "2026-03-01", "input_tokens": "many"}, ROWS[0]]
    path = tracker_file(tmp_path / "usage.db", rows)
    words, problems = import_file(ledger, path)

    assert "1 new rows, 0 known already" == words
    assert {f"{path}: id 1", f"{path}: id 2"} == {problem.place for problem in problems}


def test_ids_that_are_uuids_stay(ledger: Ledger, tmp_path: Path) -> None:
    """Some trackers had made them."""
    path, identity = tmp_path / "usage.db", "0f8fad5b-d9cb-469f-a165-70867728950e"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE token_usage (id TEXT, timestamp TEXT)")
        connection.execute("INSERT INTO token_usage VALUES (?, '2026-03-01')", [identity])
    import_file(ledger, path)

    assert [(identity,)] == ask(ledger, "SELECT id::VARCHAR FROM token_usage")


def test_another_table_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    """The message says which table is looked for."""
    path = tmp_path / "usage.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE usage (id TEXT)")

    with pytest.raises(TransferError, match="has no table token_usage with columns id and timestamp"):
        import_file(ledger, path)
