"""What options mean: ranges, columns, filters, and seconds that may be left out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harness.markdown import Document
from harness.repository import ROOT
from tokenlake_collector.cli.dimensions import ALIASES, columns_of, complete_by, complete_where, filters_of
from tokenlake_collector.cli.period import Period
from tokenlake_collector.cli.seconds import with_seconds
from tokenlake_queries import GROUP_COLUMNS

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "start"),
    [
        ("30m", "2026-11-24T11:30:00+00:00"),
        ("12h", "2026-11-24T00:00:00+00:00"),
        ("7d", "2026-11-17T12:00:00+00:00"),
        ("2w", "2026-11-10T12:00:00+00:00"),
    ],
)
def test_since_counts_back_from_now(since: str, start: str) -> None:
    """Exactly so long, not from the start of a day."""
    bounds = Period.read(since, None, "2026-12-01").bounds(NOON)

    assert {"start_time": datetime.fromisoformat(start), "end_time": "2026-12-01"} == bounds


@pytest.mark.parametrize("since", ["2026-11-01", "2026-11-01T08:00:00+01:00"])
def test_since_takes_a_date(since: str) -> None:
    """The statistics read it themselves, in their zone."""
    assert {"start_time": since, "end_time": None} == Period.read(since, None, None).bounds(NOON)


@pytest.mark.parametrize("since", ["7", "d", "7x", "-1d", "7 d", "yesterday", "999999w", ""])
def test_since_that_is_neither_is_refused(since: str) -> None:
    """The message names the option, the value and what to write."""
    with pytest.raises(ValueError, match=rf"--since {since!r}.*: write 30m, 12h, 7d, 2w, or a date"):
        Period.read(since, None, None)


def test_a_range_has_one_start() -> None:
    """--since and --start contradict each other."""
    with pytest.raises(ValueError, match="--since 7d and --start 2026-11-01: choose one"):
        Period.read("7d", "2026-11-01", None)


def test_short_names_stand_for_columns() -> None:
    """Names and short names may be mixed; a column that is named twice counts once."""
    assert ["model", "user_id", "session_id"] == columns_of("model, user,user_id,session")
    assert {"channel": ["web", None], "user_id": ["a=b"]} == filters_of(
        ["channel=web", "channel=", "user=a=b"]
    )


def test_every_short_name_is_of_a_column() -> None:
    """No short name is another column's own name."""
    assert set(ALIASES.values()) <= set(GROUP_COLUMNS)
    assert set() == set(ALIASES) & set(GROUP_COLUMNS)


def test_the_short_names_are_documented() -> None:
    """docs/terminal.md has a row for each, and no other."""
    rows = Document.read(ROOT / "docs/terminal.md").tables["Columns and their short names"]

    assert [list(pair) for pair in ALIASES.items()] == rows


@pytest.mark.parametrize(("where", "words"), [("channel", "write column=value"), ("colour=red", "'colour'")])
def test_a_wrong_filter_is_refused(where: str, words: str) -> None:
    """The message lists the names that there are."""
    with pytest.raises(ValueError, match=rf"--where .*{words}.*endpoint, model"):
        filters_of([where])


@pytest.mark.parametrize(
    ("incomplete", "completed"),
    [
        ("mo", ["model"]),
        ("model,u", ["model,user"]),
        ("user_", ["user_id"]),
        ("user,user", []),
        ("x", []),
    ],
)
def test_the_last_column_is_completed(incomplete: str, completed: list[str]) -> None:
    """What stands before stays; a column that is there already is not offered again."""
    assert completed == list(complete_by(incomplete))


def test_a_filter_is_completed_up_to_its_sign() -> None:
    """Values are not known here."""
    assert ["channel="] == list(complete_where("ch"))
    assert [] == list(complete_where("channel=we"))


@pytest.mark.parametrize(
    ("arguments", "filled"),
    [
        ([], []),
        (["--watch"], ["--watch", "2"]),
        (["--watch", "5"], ["--watch", "5"]),
        (["--watch=5"], ["--watch=5"]),
        (["--watch", "--by", "user"], ["--watch", "2", "--by", "user"]),
    ],
)
def test_the_seconds_of_watch_may_be_left_out(arguments: list[str], filled: list[str]) -> None:
    """Then they are two."""
    assert filled == with_seconds(arguments)
