"""Sums of buckets in time zones, around the days on which their clocks change."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from duckdb import DuckDBPyConnection
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.ledger_rows import insert_row, insert_rows, new_ledger
from tokenlake_queries import INTERVALS, get_daily_stats, get_token_timeline, get_token_total

ZONES = (
    "UTC",
    "Asia/Shanghai",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Havana",
)

# The clocks of New York and Havana move on 8 March and 1 November 2026, Lord Howe's, by half an hour, on
# 5 April and 4 October. Naive UTC, as the table has it.
CHANGES = tuple(datetime(2026, month, day) for month, day in ((3, 8), (4, 5), (10, 4), (11, 1)))

moments = st.builds(
    lambda change, offset: change + offset,
    st.sampled_from(CHANGES),
    st.timedeltas(min_value=timedelta(days=-2), max_value=timedelta(days=2)),
)
quarters = moments.map(
    lambda moment: moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("interval", INTERVALS)
@settings(max_examples=10, deadline=None)
@given(times=st.lists(moments | quarters, min_size=1, max_size=12))
def test_buckets_add_up_to_the_total(zone: str, interval: str, times: list[datetime]) -> None:
    """Every row counts in the last bucket that begins at or before it, and in no other."""
    weights = {moment: 2**index for index, moment in enumerate(dict.fromkeys(times))}
    first = min(times)
    # Hours over months would be too many to be quick; what matters is the day around one change.
    end = first + timedelta(days=3) if interval == "hour" else max(times) + timedelta(days=1)
    with new_ledger() as table:
        insert_rows(table, [{"timestamp": moment, "input_tokens": weights[moment]} for moment in weights])
        until = f"{end.isoformat()}Z"
        rows = get_token_timeline(interval, None, until, timezone=zone, source=table)
        total = get_token_total(None, until, timezone=zone, source=table)

    starts = [row["timestamp"].astimezone(ZoneInfo("UTC")).replace(tzinfo=None) for row in rows]
    ends = [*starts[1:], datetime.max]  # noqa: DTZ901 - naive like the table's times
    expected = [
        sum(weight for moment, weight in weights.items() if start <= moment < min(after, end))
        for start, after in zip(starts, ends, strict=True)
    ]
    assert expected == [row["total_tokens"] for row in rows]
    assert total["total_tokens"] == sum(row["total_tokens"] for row in rows)


@settings(max_examples=25, deadline=None)
@given(zone=st.sampled_from(ZONES), times=st.lists(moments | quarters, min_size=1, max_size=12))
def test_a_day_has_the_rows_of_its_local_date(zone: str, times: list[datetime]) -> None:
    """Days, weeks and months hold what a calendar of the zone says, by zoneinfo alone."""
    local = [moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).date() for moment in times]
    weeks = [day - timedelta(days=day.weekday()) for day in local]
    months = [day.replace(day=1) for day in local]
    with new_ledger() as table:
        insert_rows(table, [{"timestamp": moment} for moment in times])
        found = {
            name: get_token_timeline(name, timezone=zone, source=table) for name in ("day", "week", "month")
        }

    for name, days in (("day", local), ("week", weeks), ("month", months)):
        expected = {day: days.count(day) for day in days}
        assert expected == {row["timestamp"].date(): row["calls"] for row in found[name] if row["calls"]}


def test_autumn_day_in_new_york_has_two_hours_one(table: DuckDBPyConnection) -> None:
    """On 1 November 2026 the hour from 01:00 occurs twice: two buckets, 25 in the day."""
    insert_row(table, "2026-11-01 05:30:00", input_tokens=1)
    insert_row(table, "2026-11-01 06:30:00", input_tokens=2)

    rows = get_token_timeline("hour", "2026-11-01", "2026-11-02", timezone="America/New_York", source=table)
    filled = [(row["timestamp"].isoformat(), row["total_tokens"]) for row in rows if row["calls"]]
    expected = ([("2026-11-01T01:00:00-04:00", 1), ("2026-11-01T01:00:00-05:00", 2)], 25)

    assert expected == (filled, len(rows))


def test_spring_day_in_new_york_has_23_hours(table: DuckDBPyConnection) -> None:
    """On 8 March 2026 there is no hour from 02:00."""
    rows = get_token_timeline("hour", "2026-03-08", "2026-03-09", timezone="America/New_York", source=table)
    expected = [hour for hour in range(24) if hour != 2]

    assert expected == [row["timestamp"].hour for row in rows]


def test_days_of_kathmandu_begin_a_quarter_past(table: DuckDBPyConnection) -> None:
    """At +05:45 the day begins at 18:15 UTC."""
    insert_row(table, "2026-03-01 18:14:59", input_tokens=1)
    insert_row(table, "2026-03-01 18:15:00", input_tokens=2)
    expected = [("2026-03-01T00:00:00+05:45", 1), ("2026-03-02T00:00:00+05:45", 2)]

    rows = get_token_timeline("day", timezone="Asia/Kathmandu", source=table)

    assert expected == [(row["timestamp"].isoformat(), row["total_tokens"]) for row in rows]


def test_half_hour_change_of_lord_howe(table: DuckDBPyConnection) -> None:
    """On 5 April 2026 the clock goes from 02:00 back to 01:30: the repeated half hour is a bucket."""
    insert_row(table, "2026-04-04 14:45:00", input_tokens=1)
    insert_row(table, "2026-04-04 15:15:00", input_tokens=2)
    insert_row(table, "2026-04-04 15:30:00", input_tokens=4)
    expected = [
        ("2026-04-05T01:00:00+11:00", 1),
        ("2026-04-05T01:30:00+10:30", 2),
        ("2026-04-05T02:00:00+10:30", 4),
    ]

    rows = get_token_timeline("hour", timezone="Australia/Lord_Howe", source=table)

    assert expected == [(row["timestamp"].isoformat(), row["total_tokens"]) for row in rows]


def test_day_without_midnight_begins_at_one(table: DuckDBPyConnection) -> None:
    """In Havana 8 March 2026 begins at 01:00, when the clock has jumped over midnight."""
    insert_row(table, "2026-03-08 04:59:59", input_tokens=1)
    insert_row(table, "2026-03-08 05:00:00", input_tokens=2)
    expected = [("2026-03-07T00:00:00-05:00", 1), ("2026-03-08T01:00:00-04:00", 2)]

    rows = get_token_timeline("day", timezone="America/Havana", source=table)

    assert expected == [(row["timestamp"].isoformat(), row["total_tokens"]) for row in rows]


def test_day_that_samoa_skipped(table: DuckDBPyConnection) -> None:
    """Apia went from 29 to 31 December 2011: no bucket for the 30th, and zeros in the daily list."""
    insert_row(table, "2011-12-30 09:59:59", input_tokens=1)
    insert_row(table, "2011-12-30 10:00:00", input_tokens=2)
    buckets = get_token_timeline("day", timezone="Pacific/Apia", source=table)
    noon = datetime(2011, 12, 31, 12, tzinfo=ZoneInfo("Pacific/Apia"))
    days = get_daily_stats(3, timezone="Pacific/Apia", now=noon, source=table)
    expected = ([(29, 1), (31, 2)], [(29, 1), (30, 0), (31, 2)])

    assert expected == (
        [(row["timestamp"].day, row["total_tokens"]) for row in buckets],
        [(row["date"].day, row["total_tokens"]) for row in days],
    )


def test_zone_that_was_set_by_the_sun(table: DuckDBPyConnection) -> None:
    """Before 1901 Shanghai was at +08:05:43; no row is lost although no quarter of an hour fits."""
    insert_row(table, "1900-12-31 15:54:17", input_tokens=1)
    insert_row(table, "1900-12-31 16:10:00", input_tokens=2)

    rows = [get_token_timeline(interval, timezone="Asia/Shanghai", source=table) for interval in INTERVALS]
    expected = [3, 3, 3, 3]

    assert expected == [sum(row["total_tokens"] for row in buckets) for buckets in rows]
    assert rows[1][-1]["timestamp"].date() == date(1901, 1, 1)
