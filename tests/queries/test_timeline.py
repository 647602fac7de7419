"""Figures over time in UTC; zones have their own tests."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from duckdb import DuckDBPyConnection

from harness.ledger_rows import insert_row, pick
from tokenlake_queries import get_token_timeline


def utc(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def test_daily_by_default(table: DuckDBPyConnection) -> None:
    """One row a day from the first to the last row, the empty day between filled with zeros."""
    insert_row(table, "2026-03-01 00:00:00", input_tokens=1)
    insert_row(table, "2026-03-01 23:59:59.999999", output_tokens=2)
    insert_row(table, "2026-03-03 12:00:00", input_tokens=4, estimated_cost=0.5)
    expected = [(utc(2026, 3, 1), 2, 3, 0.0), (utc(2026, 3, 2), 0, 0, 0.0), (utc(2026, 3, 3), 1, 4, 0.5)]

    rows = get_token_timeline(source=table)

    assert expected == pick(rows, "timestamp", "calls", "total_tokens", "estimated_cost")


def test_filled_and_empty_buckets_have_the_same_columns(table: DuckDBPyConnection) -> None:
    """The bucket's start first, then all figures in the order of the summary, in every bucket."""
    insert_row(table, "2026-03-01", input_tokens=1)
    expected = [
        "timestamp",
        "calls",
        "errors",
        "input_tokens",
        "output_tokens",
        "total_tokens",
        "cache_read_tokens",
        "cache_creation_tokens",
        "reasoning_tokens",
        "estimated_cost",
        "reported_cost",
        "computed_cost",
        "unpriced_calls",
    ]

    filled, empty = get_token_timeline("day", "2026-03-01", "2026-03-03", source=table)

    assert expected == list(filled) == list(empty)
    assert [type(value) for value in filled.values()] == [type(value) for value in empty.values()]


def test_hourly(table: DuckDBPyConnection) -> None:
    """One row an hour."""
    insert_row(table, "2026-03-01 10:00:00", input_tokens=1)
    insert_row(table, "2026-03-01 10:59:59", input_tokens=2)
    insert_row(table, "2026-03-01 12:30:00", input_tokens=4)
    expected = [(utc(2026, 3, 1, 10), 3), (utc(2026, 3, 1, 11), 0), (utc(2026, 3, 1, 12), 4)]

    assert expected == pick(get_token_timeline("hour", source=table), "timestamp", "total_tokens")


def test_weeks_begin_on_monday(table: DuckDBPyConnection) -> None:
    """1 March 2026 is the Sunday of the week of 23 February."""
    insert_row(table, "2026-03-01 23:00:00", input_tokens=1)
    insert_row(table, "2026-03-02 00:00:00", input_tokens=2)
    expected = [(utc(2026, 2, 23), 1), (utc(2026, 3, 2), 2)]

    assert expected == pick(get_token_timeline("week", source=table), "timestamp", "total_tokens")


def test_months_cross_the_year(table: DuckDBPyConnection) -> None:
    """Months of any length, over the end of a year."""
    insert_row(table, "2025-12-31 23:59:59", input_tokens=1)
    insert_row(table, "2026-02-28 00:00:00", input_tokens=2)
    expected = [(utc(2025, 12, 1), 1), (utc(2026, 1, 1), 0), (utc(2026, 2, 1), 2)]

    assert expected == pick(get_token_timeline("month", source=table), "timestamp", "total_tokens")


def test_given_range_is_filled(table: DuckDBPyConnection) -> None:
    """A given range is filled to both ends; its end is exclusive, and its start may lie within a bucket."""
    insert_row(table, "2026-03-02 06:00:00", input_tokens=1)
    insert_row(table, "2026-03-01 11:59:59", input_tokens=100)
    expected = [(utc(2026, 3, 1), 0), (utc(2026, 3, 2), 1), (utc(2026, 3, 3), 0)]

    rows = get_token_timeline("day", "2026-03-01T12:00", "2026-03-04", source=table)

    assert expected == pick(rows, "timestamp", "total_tokens")


def test_bounds_within_a_quarter_of_an_hour(table: DuckDBPyConnection) -> None:
    """Bounds hold to the microsecond, not to the quarter that rows are collected in."""
    for second in range(10, 15):
        insert_row(table, f"2026-03-01 10:07:{second}", input_tokens=1)
    expected = [(utc(2026, 3, 1, 10), 3)]

    rows = get_token_timeline("hour", "2026-03-01T10:07:11", "2026-03-01T10:07:14", source=table)

    assert expected == pick(rows, "timestamp", "calls")


def test_empty_table_has_no_buckets(table: DuckDBPyConnection) -> None:
    """Nothing to begin or to end with, no buckets; also when only one end is given."""
    assert not get_token_timeline(source=table)
    assert not get_token_timeline("day", "2026-03-01", source=table)
    assert not get_token_timeline("day", None, "2026-03-01", source=table)


def test_given_range_without_rows_is_zeros(table: DuckDBPyConnection) -> None:
    """A range without rows still has its buckets."""
    expected = [(utc(2026, 3, 1), 0), (utc(2026, 3, 2), 0)]

    rows = get_token_timeline("day", "2026-03-01", "2026-03-03", source=table)

    assert expected == pick(rows, "timestamp", "calls")


def test_range_of_no_length_has_no_buckets(table: DuckDBPyConnection) -> None:
    """Nothing lies between a time and itself."""
    insert_row(table, "2026-03-01", input_tokens=1)

    assert not get_token_timeline("day", "2026-03-01", "2026-03-01", source=table)


def test_every_group_has_every_bucket(table: DuckDBPyConnection) -> None:
    """With group_by each bucket lists the same groups, sorted, the absent value last."""
    insert_row(table, "2026-03-01", model="b", input_tokens=1)
    insert_row(table, "2026-03-02", model="a", input_tokens=2)
    insert_row(table, "2026-03-02", input_tokens=4)
    first, second = utc(2026, 3, 1), utc(2026, 3, 2)
    expected = [
        (first, "a", 0),
        (first, "b", 1),
        (first, None, 0),
        (second, "a", 2),
        (second, "b", 0),
        (second, None, 4),
    ]

    rows = get_token_timeline(group_by="model", source=table)

    assert expected == pick(rows, "timestamp", "model", "total_tokens")
    assert all(list(row)[:3] == ["timestamp", "model", "calls"] for row in rows)


def test_group_by_several_columns(table: DuckDBPyConnection) -> None:
    """Several grouped columns are told apart, also where one of them is absent."""
    insert_row(table, "2026-03-01", model="a", provider="x", input_tokens=1)
    insert_row(table, "2026-03-01", model="a", input_tokens=2)
    insert_row(table, "2026-03-01", provider="x", input_tokens=4)
    expected = [("a", "x", 1), ("a", None, 2), (None, "x", 4)]

    rows = get_token_timeline(group_by="model,provider", source=table)

    assert expected == pick(rows, "model", "provider", "total_tokens")


def test_filters_hold_for_the_range_too(table: DuckDBPyConnection) -> None:
    """The buckets reach from the first to the last row that the filter lets through."""
    insert_row(table, "2026-01-01", model="a")
    insert_row(table, "2026-03-01", model="b", input_tokens=1)
    expected = [(utc(2026, 3, 1), 1)]

    rows = get_token_timeline(filters={"model": "b"}, source=table)

    assert expected == pick(rows, "timestamp", "total_tokens")


def test_metric_rows_are_no_calls_and_errors_are_counted(table: DuckDBPyConnection) -> None:
    """The figures mean the same as in the summary."""
    insert_row(table, "2026-03-01", signal="metric", input_tokens=8)
    insert_row(table, "2026-03-01", error_type="timeout")
    insert_row(table, "2026-03-01", input_tokens=4, cache_read_tokens=3, cache_creation_tokens=1)
    insert_row(table, "2026-03-01 01:00:00", output_tokens=2, reasoning_tokens=1, estimated_cost=0.0)
    expected = [(3, 1, 12, 2, 3, 1, 1, 2)]

    rows = get_token_timeline(source=table)

    assert expected == pick(
        rows,
        "calls",
        "errors",
        "input_tokens",
        "output_tokens",
        "cache_read_tokens",
        "cache_creation_tokens",
        "reasoning_tokens",
        "unpriced_calls",
    )


def test_one_time_of_1970_does_not_make_half_a_million_hours(table: DuckDBPyConnection) -> None:
    """More than 10,000 buckets are refused, with what to do instead."""
    insert_row(table, "1970-01-01", input_tokens=1)
    insert_row(table, "2026-03-01", input_tokens=1)

    with pytest.raises(
        ValueError, match=r"interval='hour' .* 10,000 buckets .* larger interval, or a narrower"
    ):
        get_token_timeline("hour", source=table)


def test_ten_thousand_buckets_are_allowed(table: DuckDBPyConnection) -> None:
    """10,000 hours (416 days and 16 hours) are given, one more is refused."""
    expected = 10_000

    assert expected == len(get_token_timeline("hour", "2025-01-01", "2026-02-21T16:00", source=table))
    with pytest.raises(ValueError, match="10,000 buckets"):
        get_token_timeline("hour", "2025-01-01", "2026-02-21T16:00:00.000001", source=table)


def test_too_many_groups_are_refused(table: DuckDBPyConnection) -> None:
    """10,000 buckets of 21 groups would be 210,000 rows."""
    table.execute(
        "INSERT INTO token_usage (timestamp, session_id) SELECT '2025-01-01', i::VARCHAR FROM range(21) t(i)"
    )

    with pytest.raises(
        ValueError, match=r"group_by='session_id' makes 10,000 buckets of 21 groups: .*filters"
    ):
        get_token_timeline("hour", "2025-01-01", "2026-02-21T16:00", group_by="session_id", source=table)


def test_other_intervals_are_refused(table: DuckDBPyConnection) -> None:
    """An unknown interval is an error that lists the known ones."""
    with pytest.raises(
        ValueError, match="interval='year' is not allowed: choose from hour, day, week, month"
    ):
        get_token_timeline("year", source=table)


def test_timestamps_carry_the_zone(table: DuckDBPyConnection) -> None:
    """A bucket's start is aware, in the zone that was asked for."""
    insert_row(table, "2026-03-01 17:00:00", input_tokens=1)
    expected = (datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Shanghai")), "Asia/Shanghai")

    (row,) = get_token_timeline(timezone="Asia/Shanghai", source=table)

    assert expected == (row["timestamp"], str(row["timestamp"].tzinfo))
