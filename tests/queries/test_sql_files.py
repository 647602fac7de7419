"""The SQL files: each runs as it is, each is used, and what varies is bound."""

import ast
import re
from pathlib import Path

import duckdb
import pytest
from duckdb import DuckDBPyConnection

import tokenlake_queries
from harness.ledger_rows import insert_row
from tokenlake_queries.parameters import select
from tokenlake_queries.sql import read_sql, statement

PACKAGE = Path(tokenlake_queries.__file__).parent
FILES = sorted((PACKAGE / "sql").glob("*.sql"))
ONE_ROW = {"total", "extent", "session_extent", "session_count", "session_count_hours"}
"""Files that answer in one row, whatever there is."""


def names_in_code() -> set[str]:
    """Return the first argument of every call of ``statement`` and ``read_sql`` in the package."""
    calls = (
        node
        for path in PACKAGE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )
    return {
        node.args[0].value
        for node in calls
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"statement", "read_sql"}
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_every_file_is_used_and_every_use_has_its_file() -> None:
    """No orphan, nothing missing."""
    expected = {path.stem for path in FILES}

    assert expected == names_in_code()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("filled", [False, True])
def test_file_runs_as_it_is(table: DuckDBPyConnection, path: Path, filled: bool) -> None:
    """Pasted into a DuckDB shell a file runs, on an empty table as well as on a filled one."""
    if filled:
        insert_row(table, "2026-03-01 12:00:00", input_tokens=1, endpoint_name="a")

    rows = table.execute(path.read_text(encoding="utf-8")).fetchall()

    finds = filled and path.stem != "usage_hours"  # no hour is summed here

    assert bool(rows) == (finds or path.stem in ONE_ROW)


def test_defaults_of_the_timeline_are_utc_days(table: DuckDBPyConnection) -> None:
    """The timeline's file alone gives one row per UTC day and endpoint."""
    insert_row(table, "2026-03-01 23:00:00", endpoint_name="a", input_tokens=1)
    insert_row(table, "2026-03-03 01:00:00", endpoint_name="a", input_tokens=2)
    expected = [("2026-03-01", "a", 1), ("2026-03-03", "a", 2)]

    table.execute(read_sql("timeline"))
    rows = table.fetchall()

    assert expected == [(str(bucket.date()), endpoint, figures[4]) for bucket, endpoint, *figures in rows]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_range_stays_a_plain_comparison(path: Path) -> None:
    """Both bounds compare the bare column, or DuckDB could not skip row groups by their zone maps."""
    selection = select("2026-03-01", "2026-03-02", None, {"model": ["x", None]}, "model")
    text = " ".join(statement(path.stem, selection, "model").text.split())

    assert "timestamp >= $start AND timestamp < $end AND (" in text
    assert "AND (model IN ($model_0) OR model IS NULL)" in text
    assert "2026" not in text


def test_row_groups_out_of_range_are_not_read(table: DuckDBPyConnection) -> None:
    """Of half a million rows over weeks, one day's total reads the row groups of that day only."""
    table.execute(
        "INSERT INTO token_usage (timestamp)"
        " SELECT TIMESTAMP '2026-01-01' + to_seconds(5 * i) FROM range(500000) t(i)"
    )
    asked = statement("total", select("2026-01-15", "2026-01-16", None, None))
    (plan,) = table.execute(f"EXPLAIN (ANALYZE, FORMAT json) {asked.text}", dict(asked.values)).fetchall()
    # "operator_rows_scanned" in DuckDB 1.5, "total_rows_scanned" in 2.0.
    scanned = max(int(number) for number in re.findall(r'_rows_scanned": (\d+)', plan[1]))

    # The day's 86,400 / 5 rows lie in one row group of 122,880, or across the border of two.
    assert 17_280 <= scanned <= 2 * 122_880


def test_value_that_no_marker_takes_is_refused(table: DuckDBPyConnection) -> None:
    """A misspelt marker cannot drop a value in silence."""
    asked = statement("total", select(None, None, None, None), misspelt=1)

    with pytest.raises(duckdb.Error, match="count mismatch"):
        table.execute(asked.text, dict(asked.values))


def usage_of(path: Path) -> list[str]:
    """Return the parts of a file that sums by hour can take the place of."""
    return re.findall(r"/\*usage\*/.*?/\*end of usage\*/", path.read_text(encoding="utf-8"), re.DOTALL)


def test_every_question_reads_the_same_rows() -> None:
    """Where sums can take the place of rows, all files have the same text."""
    found = {part for path in FILES for part in usage_of(path)}

    assert 1 == len(found)
