"""The views add up to the table, and the catalogue explains every column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from harness.captures import cases
from tokenlake_collector.live_sql.catalog import TABLES
from tokenlake_collector.storage.backup import back_up
from tokenlake_collector.storage.ledger import Ledger

FIGURES = "calls, errors, input_tokens, output_tokens, total_tokens, estimated_cost, unpriced_calls"
VIEWS = sorted(name for name in TABLES if not name.startswith("token_usage"))


@pytest.fixture
def ledger() -> Iterator[duckdb.DuckDBPyConnection]:
    """Five rows by hand: two sessions, two days, two models, an error, a metric, a flag, no price."""
    opened = Ledger.open(":memory:")
    with opened.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO token_usage BY NAME SELECT * FROM (VALUES
                ('2026-05-01 23:59', 's', 'u', 'web', 'a', 10, 1, 0.5, NULL, 'span', NULL, 1),
                ('2026-05-02 00:01', 's', 'v', 'app', 'b', 20, 2, 0.25, NULL, 'span', 'odd', 255),
                ('2026-05-02 12:00', 't', 'u', NULL, 'a', 0, 0, NULL, 'timeout', 'span', NULL, 3),
                ('2026-05-02 13:00', NULL, NULL, NULL, 'a', 30, 3, NULL, NULL, 'metric', NULL, 4),
                ('2026-05-02 14:00', NULL, NULL, NULL, 'c', 40, 4, NULL, NULL, 'span', '', 5)
            ) AS r(timestamp, session_id, user_id, channel, model, input_tokens, output_tokens,
                   estimated_cost, error_type, signal, flags, span_id)
            """
        )
        yield cursor
    opened.close()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            f"SELECT day::VARCHAR, model, {FIGURES} FROM daily_usage ORDER BY day, model",
            [
                ("2026-05-01", "a", 1, 0, 10, 1, 11, 0.5, 0),
                ("2026-05-02", "a", 1, 1, 30, 3, 33, None, 1),
                ("2026-05-02", "b", 1, 0, 20, 2, 22, 0.25, 0),
                ("2026-05-02", "c", 1, 0, 40, 4, 44, None, 1),
            ],
        ),
        (
            f"SELECT session_id, user_id, channel, models, {FIGURES} FROM session_usage ORDER BY session_id",
            [
                ("s", "v", "app", ["a", "b"], 2, 0, 30, 3, 33, 0.75, 0),
                ("t", "u", None, ["a"], 1, 1, 0, 0, 0, None, 0),
                (None, None, None, ["a", "c"], 1, 0, 70, 7, 77, None, 2),
            ],
        ),
        (
            f"SELECT model, provider, {FIGURES} FROM model_usage ORDER BY model",
            [
                ("a", None, 2, 1, 40, 4, 44, 0.5, 1),
                ("b", None, 1, 0, 20, 2, 22, 0.25, 0),
                ("c", None, 1, 0, 40, 4, 44, None, 1),
            ],
        ),
        (
            "SELECT model, calls, input_tokens, total_tokens FROM unpriced_models ORDER BY model",
            [("a", 0, 30, 33), ("c", 1, 40, 44)],
        ),
        ("SELECT flags, model, span_id FROM doubtful_rows", [("odd", "b", "00000000000000ff")]),
    ],
)
def test_a_view_says_what_the_rows_say(
    question: str, expected: list[tuple[object, ...]], ledger: duckdb.DuckDBPyConnection
) -> None:
    """Sums by hand: days are UTC, a metric is no call, a failed call has no tokens to price."""
    assert expected == ledger.execute(question).fetchall()


@pytest.mark.parametrize("view", ["daily_usage", "session_usage", "model_usage"])
def test_a_view_adds_up_to_the_table(view: str, file: Path) -> None:
    """Of all recorded traffic, every token is in each of the views once."""
    expected = sum(case.totals["input_tokens"] + case.totals["output_tokens"] for case in cases())
    with duckdb.connect(file, read_only=True) as connection:
        assert [(expected,)] == connection.execute(f"SELECT sum(total_tokens) FROM {view}").fetchall()


UNEXPLAINED = (
    "SELECT table_name, column_name FROM duckdb_columns() "
    "WHERE NOT internal AND database_name = current_database() AND table_name IN (SELECT unnest(?)) "
    "AND coalesce(comment, '') = ''"
)


def test_every_column_is_explained(file: Path) -> None:
    """Nothing that can be asked for is without a comment."""
    with duckdb.connect(file, read_only=True) as connection:
        assert [] == connection.execute(UNEXPLAINED, [sorted(TABLES)]).fetchall()


def test_every_table_and_view_is_explained(file: Path) -> None:
    """All seven have a comment."""
    with duckdb.connect(file, read_only=True) as connection:
        found = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE comment <> '' "
            "UNION ALL SELECT view_name FROM duckdb_views() WHERE comment <> ''"
        ).fetchall()

    assert set() == TABLES - {name for (name,) in found}


def test_a_backup_has_views_and_comments(file: Path, tmp_path: Path) -> None:
    """The copy explains itself as well, and its views answer."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{file}' AS ledger (READ_ONLY)")
        connection.execute("USE ledger")
        back_up(connection, tmp_path / "backup.duckdb")
    with duckdb.connect(tmp_path / "backup.duckdb", read_only=True) as connection:
        answers = [connection.execute(f"SELECT count(*) FROM {view}").fetchall()[0][0] for view in VIEWS]

        assert [] == connection.execute(UNEXPLAINED, [sorted(TABLES)]).fetchall()
        assert 5 == len(answers)


def test_a_file_of_the_schema_before_gets_the_views(tmp_path: Path) -> None:
    """Rows that are there keep their values when the views are added."""
    db = tmp_path / "usage.duckdb"
    folder = Path(__file__).parents[2] / "collector/tokenlake_collector/storage/migrations"
    with duckdb.connect(db) as connection:
        connection.execute(
            "CREATE TABLE tokenlake_migrations (version INTEGER, name VARCHAR, applied_at TIMESTAMP)"
        )
        for number, name in enumerate(("001_token_usage", "002_accounting"), start=1):
            connection.execute((folder / f"{name}.sql").read_text(encoding="utf-8"))
            connection.execute(
                "INSERT INTO tokenlake_migrations VALUES (?, ?, now()::TIMESTAMP)", [number, name]
            )
        connection.execute("INSERT INTO token_usage (model, input_tokens) VALUES ('a', 7)")
    ledger = Ledger.open(db)
    with ledger.cursor() as cursor:
        rows = cursor.execute("SELECT model, input_tokens FROM model_usage").fetchall()
    ledger.close()

    assert [("a", 7)] == rows
