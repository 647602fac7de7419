"""The last days, today included."""

from datetime import UTC, date, datetime

import pytest
from duckdb import DuckDBPyConnection

from harness.ledger_rows import insert_row, pick
from tokenlake_queries import get_daily_stats

NOW = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)


def test_seven_days_by_default(table: DuckDBPyConnection) -> None:
    """Seven rows, today's last; empty days are zeros; the eighth day back and tomorrow are left out."""
    insert_row(table, "2026-03-03 23:59:59", input_tokens=1000)
    insert_row(table, "2026-03-04 00:00:00", input_tokens=1)
    insert_row(table, "2026-03-10 23:59:59", input_tokens=2)
    insert_row(table, "2026-03-11 00:00:00", input_tokens=1000)
    totals = [1, 0, 0, 0, 0, 0, 2]
    expected = [(date(2026, 3, 4 + index), total) for index, total in enumerate(totals)]

    assert expected == pick(get_daily_stats(now=NOW, source=table), "date", "total_tokens")


def test_empty_table_has_all_days(table: DuckDBPyConnection) -> None:
    """Without rows the days are there, with zeros."""
    expected = [(date(2026, 3, 9), 0, 0.0), (date(2026, 3, 10), 0, 0.0)]

    rows = get_daily_stats(2, now=NOW, source=table)

    assert expected == pick(rows, "date", "calls", "estimated_cost")


def test_today_is_the_zones(table: DuckDBPyConnection) -> None:
    """At 18:00 UTC it is tomorrow in Shanghai, since 16:00 UTC."""
    insert_row(table, "2026-03-10 15:59:59", input_tokens=1)
    insert_row(table, "2026-03-10 16:00:00", input_tokens=2)
    expected = [(date(2026, 3, 10), 1), (date(2026, 3, 11), 2)]

    rows = get_daily_stats(2, timezone="Asia/Shanghai", now=NOW, source=table)

    assert expected == pick(rows, "date", "total_tokens")


def test_today_is_the_clocks_by_default(table: DuckDBPyConnection) -> None:
    """Without an injected time the last row is today's (or, at midnight, the day's before)."""
    before = datetime.now(UTC).date()
    (row,) = get_daily_stats(1, source=table)
    after = datetime.now(UTC).date()

    assert before <= row["date"] <= after


def test_filters(table: DuckDBPyConnection) -> None:
    """Only rows that pass the filter count."""
    insert_row(table, "2026-03-10", input_tokens=1, channel="web")
    insert_row(table, "2026-03-10", input_tokens=2)
    expected = [(date(2026, 3, 10), 1)]

    rows = get_daily_stats(1, filters={"channel": "web"}, now=NOW, source=table)

    assert expected == pick(rows, "date", "total_tokens")


@pytest.mark.parametrize("days", [0, -1, 10_001, 1.5, True, "7"])
def test_days_must_be_a_whole_number(table: DuckDBPyConnection, days: int) -> None:
    """From one day to 10,000, and nothing that only looks like a number."""
    with pytest.raises(ValueError, match=r"days=.* is not allowed: give a whole number from 1 to 10000"):
        get_daily_stats(days, source=table)
