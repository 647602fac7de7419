"""Pages of sessions."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from duckdb import DuckDBPyConnection

from harness.ledger_rows import insert_row, pick
from tokenlake_queries import SESSION_SORTS, get_token_session_count, get_token_sessions


@pytest.fixture
def sessions(table: DuckDBPyConnection) -> DuckDBPyConnection:
    """Session s1 (500 tokens at 10:00), s2 (10 at 09:00, 20 at 12:00), and 7 tokens without one at 11:00."""
    insert_row(table, "2026-03-01 10:00:00", session_id="s1", input_tokens=500, estimated_cost=0.5)
    insert_row(table, "2026-03-01 09:00:00", session_id="s2", input_tokens=10, model="b", user_id="old")
    insert_row(table, "2026-03-01 12:00:00", session_id="s2", output_tokens=20, model="a", channel="web")
    insert_row(table, "2026-03-01 11:00:00", input_tokens=7)
    return table


def test_a_session_with_all_its_columns(sessions: DuckDBPyConnection) -> None:
    """A row names the session, its times, user, channel and models, then the figures."""
    expected = {
        "session_id": "s2",
        "first_timestamp": datetime(2026, 3, 1, 9, tzinfo=UTC),
        "last_timestamp": datetime(2026, 3, 1, 12, tzinfo=UTC),
        "user_id": "old",
        "channel": "web",
        "models": ["a", "b"],
        "calls": 2,
        "errors": 0,
        "input_tokens": 10,
        "output_tokens": 20,
        "total_tokens": 30,
        "cache_read_tokens": 0,
        "cache_creation_tokens": 0,
        "reasoning_tokens": 0,
        "estimated_cost": 0.0,
        "reported_cost": 0.0,
        "computed_cost": 0.0,
        "unpriced_calls": 2,
    }

    (row,) = get_token_sessions(1, source=sessions)

    assert expected == row
    assert list(expected) == list(row)


def test_latest_first_and_rows_without_session_are_one(sessions: DuckDBPyConnection) -> None:
    """By default the session that was active last comes first; rows without one are the session None."""
    expected = [("s2", 30), (None, 7), ("s1", 500)]

    assert expected == pick(get_token_sessions(source=sessions), "session_id", "total_tokens")


def test_session_without_models_has_an_empty_list(sessions: DuckDBPyConnection) -> None:
    """Nothing known is an empty list, and None for user and channel."""
    expected: list[tuple[object, ...]] = [([], None, None)]

    rows = get_token_sessions(filters={"session_id": "s1"}, source=sessions)

    assert expected == pick(rows, "models", "user_id", "channel")


def test_user_is_the_most_recent_one(table: DuckDBPyConnection) -> None:
    """The last user that is known is named, whatever the order of arrival."""
    insert_row(table, "2026-03-01 02:00:00", session_id="s", user_id="aaa")
    insert_row(table, "2026-03-01 01:00:00", session_id="s", user_id="zzz")
    insert_row(table, "2026-03-01 03:00:00", session_id="s")
    expected = [("aaa",)]

    assert expected == pick(get_token_sessions(source=table), "user_id")


def test_pages_hold_every_session_once(table: DuckDBPyConnection) -> None:
    """Pages of 50, 50 and 20 hold 120 sessions of the same time, each once; the count agrees."""
    table.execute(
        "INSERT INTO token_usage (timestamp, session_id)"
        " SELECT '2026-03-01', 's' || (i % 120) FROM range(360) t(i)"
    )
    pages = [get_token_sessions(offset=offset, source=table) for offset in (0, 50, 100, 150)]
    seen = {row["session_id"] for page in pages for row in page}
    expected = ([50, 50, 20, 0], 120, 120)

    assert expected == ([len(page) for page in pages], len(seen), get_token_session_count(source=table))


def test_count_counts_rows_without_session_once(sessions: DuckDBPyConnection) -> None:
    """s1, s2 and the rows without a session are three; in a range only what has rows there counts."""
    counts = (
        get_token_session_count(source=sessions),
        get_token_session_count("2026-03-01T10:00", "2026-03-01T12:00", source=sessions),
        get_token_session_count(filters={"model": ["a", "b"]}, source=sessions),
    )
    expected = (3, 2, 1)

    assert expected == counts


def test_empty_table_has_no_sessions(table: DuckDBPyConnection) -> None:
    """Nothing to list, nothing to count."""
    assert not get_token_sessions(source=table)
    assert not get_token_session_count(source=table)


def test_range_and_filters_decide_which_rows_count(sessions: DuckDBPyConnection) -> None:
    """Figures, models and times come from the selected rows only."""
    expected = [("s2", datetime(2026, 3, 1, 9, tzinfo=UTC), ["b"], 10)]

    rows = get_token_sessions(end_time="2026-03-01T10:00", filters={"session_id": "s2"}, source=sessions)

    assert expected == pick(rows, "session_id", "last_timestamp", "models", "total_tokens")


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("total_tokens", ["s1", "s2", None]),
        ("total_tokens:asc", [None, "s2", "s1"]),
        ("first_timestamp:desc", [None, "s1", "s2"]),
        ("session_id:asc", ["s1", "s2", None]),
        ("input_tokens", ["s1", "s2", None]),
        ("estimated_cost", ["s1", "s2", None]),
    ],
)
def test_sort(sessions: DuckDBPyConnection, sort: str, order: list[str | None]) -> None:
    """A column sorts its largest first, with :asc its smallest; sessions equal in it go by their id."""
    assert order == [row["session_id"] for row in get_token_sessions(sort=sort, source=sessions)]


@pytest.mark.parametrize("column", SESSION_SORTS)
@pytest.mark.parametrize("direction", ["", ":asc", ":desc"])
def test_every_sort_column_sorts(sessions: DuckDBPyConnection, column: str, direction: str) -> None:
    """Each allowed column, either way, gives all sessions in its order."""
    values = [row[column] for row in get_token_sessions(sort=column + direction, source=sessions)]
    present = [value for value in values if value is not None]
    expected = (3, sorted(present, reverse=direction != ":asc"))

    assert expected == (len(values), present)


def test_times_are_in_the_zone(sessions: DuckDBPyConnection) -> None:
    """Times are aware, in the zone that was asked for."""
    zone = ZoneInfo("Asia/Kathmandu")
    expected = [(datetime(2026, 3, 1, 14, 45, tzinfo=zone), timedelta(hours=5, minutes=45))]

    rows = get_token_sessions(1, timezone="Asia/Kathmandu", source=sessions)

    assert expected == [(row["first_timestamp"], row["first_timestamp"].utcoffset()) for row in rows]


@pytest.mark.parametrize(
    "sort", ["models", "total_tokens DESC; DROP TABLE token_usage", "-calls", "", "calls:up"]
)
def test_other_sorts_are_refused(table: DuckDBPyConnection, sort: str) -> None:
    """Anything else is an error that lists what is allowed."""
    with pytest.raises(ValueError, match=r"sort.*=.* is not allowed: choose from (last_timestamp|desc), "):
        get_token_sessions(sort=sort, source=table)


@pytest.mark.parametrize("page", [{"limit": -1}, {"offset": -1}, {"limit": True}, {"offset": 10**30}])
def test_page_must_be_whole_numbers(table: DuckDBPyConnection, page: dict[str, int]) -> None:
    """Limit and offset are whole numbers from zero."""
    with pytest.raises(ValueError, match=r"(limit|offset)=.* is not allowed: give a whole number from 0"):
        get_token_sessions(**page, source=table)  # type: ignore[arg-type]  # mypy takes any keyword for possible
