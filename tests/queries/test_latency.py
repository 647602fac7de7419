"""How long calls take."""

import pytest
from duckdb import DuckDBPyConnection

from harness.ledger_rows import insert_row
from tokenlake_queries import get_token_latency


def test_mean_and_quantiles(table: DuckDBPyConnection) -> None:
    """Of 0, 10, … 200 ms: mean and median 100, and 190 is over 95 % of the way; one untimed call is no 0."""
    for step in range(21):
        insert_row(table, "2026-03-01", duration_ms=10.0 * step)
    insert_row(table, "2026-03-01")
    expected = {
        "timed_calls": 21,
        "avg_duration_ms": 100.0,
        "p50_duration_ms": 100.0,
        "p95_duration_ms": 190.0,
    }

    assert [expected] == get_token_latency(source=table)


def test_nothing_timed(table: DuckDBPyConnection) -> None:
    """One row without figures, so that whoever shows it need not ask whether there is one."""
    expected = {"timed_calls": 0, "avg_duration_ms": None, "p50_duration_ms": None, "p95_duration_ms": None}

    assert [expected] == get_token_latency(source=table)


def test_by_group(table: DuckDBPyConnection) -> None:
    """The group with most timed calls first; the absent value is a group."""
    insert_row(table, "2026-03-01", model="slow", duration_ms=30.0)
    insert_row(table, "2026-03-01", duration_ms=5.0)
    insert_row(table, "2026-03-02", duration_ms=7.0)

    rows = get_token_latency("model", source=table)

    assert [(None, 2, 6.0), ("slow", 1, 30.0)] == [
        (row["model"], row["timed_calls"], row["avg_duration_ms"]) for row in rows
    ]


@pytest.mark.parametrize(("model", "mean"), [("slow", 30.0), (None, 5.0)])
def test_only_the_selected(model: str | None, mean: float, table: DuckDBPyConnection) -> None:
    """Range and filters hold."""
    insert_row(table, "2026-03-01", model="slow", duration_ms=30.0)
    insert_row(table, "2026-03-01", duration_ms=5.0)
    insert_row(table, "2026-03-02", duration_ms=700.0)

    (row,) = get_token_latency(end_time="2026-03-02", filters={"model": model}, source=table)

    assert mean == row["avg_duration_ms"]
