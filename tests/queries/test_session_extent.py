"""Where some sessions' rows are, looked up in the sums by hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from harness.ledger_rows import insert_rows
from tokenlake_collector.storage.hours.sealing import seal
from tokenlake_collector.storage.ledger import Ledger as Stored
from tokenlake_queries.ledger import Ledger, open_ledger
from tokenlake_queries.parameters import Filters, select
from tokenlake_queries.session_extent import narrowed, session_extent

DAY = datetime(2026, 3, 1)
ROWS = [("a", 0, 10), ("a", 2, 20), ("b", 1, 30), ("b", 7, 40), (None, 3, 50)]
"""Session, hour and minute of each row; the hours before six are summed."""


def at(hour: int, minute: int = 0) -> datetime:
    """Return a time of the day."""
    return DAY + timedelta(hours=hour, minutes=minute)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """A ledger with sums that has lost the rows of the summed hours: whoever looks for them finds nothing."""
    stored = Stored.open(":memory:")
    rows = [{"timestamp": at(hour, minute), "session_id": session} for session, hour, minute in ROWS]
    stored.transaction(lambda connection: insert_rows(connection, rows))
    seal(stored, at(6))
    stored.transaction(
        lambda connection: connection.execute(
            "DELETE FROM token_usage WHERE timestamp < ?", [at(6)]
        ).fetchall()
    )
    with stored.cursor() as cursor, open_ledger(cursor) as opened:
        yield opened
    stored.close()


@pytest.mark.parametrize(
    ("session", "start", "expected"),
    [
        ("a", None, (at(0, 10), at(2, 20))),
        ("b", None, (at(1, 30), at(7, 40))),
        ("a", at(1), (at(2, 20), at(2, 20))),
        ("nobody", None, (None, None)),
    ],
)
def test_the_extent_comes_from_sums_and_young_rows(
    session: str, start: datetime | None, expected: tuple[datetime | None, datetime | None], ledger: Ledger
) -> None:
    """The first and last time of a session's summed hours, and of its rows after them."""
    assert expected == session_extent(ledger, select(start, None, "UTC", {"session_id": session}))


@pytest.mark.parametrize(
    ("filters", "end", "expected"),
    [
        ({"session_id": "a"}, None, (at(0), at(3))),
        ({"session_id": ["a", "b"]}, None, (at(0), at(8))),
        ({"session_id": "b"}, at(7, 50), (at(1), at(7, 50))),
        ({"session_id": "nobody"}, None, (None, None)),
        ({"session_id": ["a", None]}, None, (None, None)),
        ({"model": "m"}, at(5), (None, at(5))),
    ],
)
def test_a_question_about_sessions_is_narrowed_to_their_hours(
    filters: Filters,
    end: datetime | None,
    expected: tuple[datetime | None, datetime | None],
    ledger: Ledger,
) -> None:
    """Named sessions' full hours, within what was asked; other questions stay as they are."""
    found = narrowed(ledger, select(None, end, "UTC", filters))

    assert expected == (found.start, found.end)
