"""Ranges, zones and filters, from Python and as they come from a URL."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tokenlake_queries.instants import find_zone
from tokenlake_queries.parameters import select

# 1 March 2026, 12:00 in New York, which is at -05:00 on that day: 17:00 UTC.
NOON = datetime(2026, 3, 1, 17)


@pytest.mark.parametrize(
    "start_time",
    [
        datetime(2026, 3, 1, 12),
        datetime(2026, 3, 1, 17, tzinfo=UTC),
        datetime(2026, 3, 2, 1, tzinfo=ZoneInfo("Asia/Shanghai")),
        datetime(2026, 3, 1, 18, tzinfo=timezone(timedelta(hours=1))),
        "2026-03-01T12:00",
        "2026-03-01 12:00:00",
        "2026-03-01T17:00:00Z",
        "2026-03-01T18:00:00+01:00",
    ],
)
def test_forms_of_one_time(start_time: datetime | str) -> None:
    """Naive times are local, aware ones are what they say, texts are read like either."""
    selected = select(start_time, None, "America/New_York", None)

    assert selected.start == NOON


@pytest.mark.parametrize("end_time", [date(2026, 3, 1), "2026-03-01"])
def test_date_is_its_local_midnight(end_time: date | str) -> None:
    """A date begins at midnight of the zone."""
    selected = select(None, end_time, "America/New_York", None)

    assert selected.end == NOON - timedelta(hours=12)


@pytest.mark.parametrize(
    "value", ["yesterday", "", "2026-13-01", "2026-03-01T12:00:00 01:00", 1772323200, "0001-01-01"]
)
def test_other_times_are_refused(value: Any) -> None:
    """What is no time is an error that names the argument, its value and the form."""
    with pytest.raises(
        ValueError, match=r"start_time=.* is no point in time: use ISO 8601 such as 2026-03-01"
    ):
        select(value, None, "Asia/Shanghai", None)


def test_range_must_not_run_backwards() -> None:
    """A start after the end is a mistake, not an empty range."""
    with pytest.raises(
        ValueError, match="start_time=2026-03-02 is after end_time=2026-03-01: exchange the two"
    ):
        select("2026-03-02", "2026-03-01", None, None)


def test_zone_defaults_to_the_configured_one() -> None:
    """The argument wins over TOKENLAKE_TIMEZONE, which wins over UTC."""
    environ = {"TOKENLAKE_TIMEZONE": "Asia/Shanghai"}
    found = [find_zone("Asia/Kathmandu", environ), find_zone(None, environ), find_zone(None, {})]
    expected = ["Asia/Kathmandu", "Asia/Shanghai", "UTC"]

    assert expected == [zone.key for zone in found]


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "America", "/etc/passwd", "../UTC", "UTC\0", 5])
def test_unknown_zone_is_refused(name: Any) -> None:
    """What is no IANA zone, a path included, is an error that shows one."""
    with pytest.raises(
        ValueError, match=r"timezone=.* is unknown: give an IANA time zone such as 'Europe/Berlin'"
    ):
        find_zone(name)


def test_wrong_configured_zone_names_its_variable() -> None:
    """The message says which setting is wrong."""
    with pytest.raises(ValueError, match="TOKENLAKE_TIMEZONE='Mars' is unknown"):
        find_zone(None, {"TOKENLAKE_TIMEZONE": "Mars"})


def test_filters_become_lists_without_repetition() -> None:
    """One value, several values and the absent value."""
    selected = select(None, None, None, {"model": "a", "user_id": ["b", None, "b"], "channel": None})
    expected = {"model": ("a",), "user_id": ("b", None), "channel": (None,)}

    assert expected == selected.filters


@pytest.mark.parametrize("column", ["attributes", "timestamp", "model = 'a' OR 1=1 --", ""])
def test_filter_on_another_column_is_refused(column: str) -> None:
    """Only columns of the allow-list can be filtered on."""
    with pytest.raises(ValueError, match=r"filters=.* is not allowed: choose from endpoint_name, .*, signal"):
        select(None, None, None, {column: "x"})


@pytest.mark.parametrize("value", [[], 5, [5], b"x", {"a": 1}.values()])
def test_filter_value_must_be_text(value: Any) -> None:
    """Numbers and empty lists are refused rather than matched with nothing."""
    with pytest.raises(ValueError, match=r"filters\['model'\]=.* is not allowed: give a text, None"):
        select(None, None, None, {"model": value})


def test_repeated_columns_count_once() -> None:
    """A column that is named twice is one column."""
    selected = select(None, None, None, None, "model, provider,model")
    expected = ("model", "provider")

    assert expected == selected.columns
