"""What is older than a day goes for good and stays out; the rest is as if it had never been."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.hour_sums import sums, sums_of_rows
from harness.importing import import_file
from harness.ledger_rows import insert_rows
from harness.otlp import CHAT, NOON_NS, SpanSpec, trace_bytes
from harness.scrape import Scrape, adds_up
from harness.table import contents, prices, store
from harness.tracker import tracker_file
from tokenlake_collector.ingest import Accepted, Ingest
from tokenlake_collector.meters import Meters
from tokenlake_collector.retention import RetentionError, prune, to_prune
from tokenlake_collector.retention.keeper import kept_from
from tokenlake_collector.retention.prune import day_start
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.hours.sealing import seal
from tokenlake_collector.storage.ledger import Ledger

DAY_NS = 24 * 3600 * 10**9
BOUNDARY = datetime(2026, 5, 28)
"""The beginning of NOON_NS's day, in UTC."""


def span(number: int, days: int = 0) -> bytes:
    """Return a call with an agent above it, some days after NOON_NS."""
    start = NOON_NS + days * DAY_NS
    agent = CHAT | {"gen_ai.operation.name": "invoke_agent"}
    return trace_bytes(
        SpanSpec(agent, span_id=2 * number, trace_id=number, start_ns=start, kind=1),
        SpanSpec(span_id=2 * number + 1, trace_id=number, parent_id=2 * number, start_ns=start),
        SpanSpec({"http.route": "/"}, span_id=900 + number, trace_id=number, start_ns=start),
    )


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """Two days before the boundary, and the day behind it."""
    opened = Ledger.open(":memory:")
    store(opened, [span(1, -2)], [span(2, -1)], [span(3)])
    yield opened
    opened.close()


def test_what_is_older_is_deleted(ledger: Ledger) -> None:
    """Two of three days: a call, an agent's sum and another span of each; what is left is as stored alone."""
    expected = {"token_usage": 2, "token_usage_uncounted": 2, "trace_spans": 2}
    alone = Ledger.open(":memory:")
    store(alone, [span(3)])

    with ledger.cursor() as cursor:
        assert expected == to_prune(cursor, BOUNDARY)
    assert expected == prune(ledger, BOUNDARY)
    assert contents(alone) == contents(ledger)
    with ledger.cursor() as cursor:
        assert [(1,)] == cursor.execute("SELECT count(*) FROM trace_spans").fetchall()
    alone.close()


def test_the_boundary_itself_is_kept() -> None:
    """A row of the day's first microsecond stays, one of the microsecond before goes."""
    ledger = Ledger.open(":memory:")
    moments = [BOUNDARY - timedelta(microseconds=1), BOUNDARY]
    ledger.transaction(lambda c: insert_rows(c, [{"timestamp": moment} for moment in moments]))

    prune(ledger, BOUNDARY)

    assert [BOUNDARY] == [row[1] for row in contents(ledger)["token_usage"]]


def test_what_is_sent_again_stays_out(ledger: Ledger) -> None:
    """The sender is told not to send it a third time; all that was received is accounted for."""
    prune(ledger, BOUNDARY)
    before = contents(ledger)
    meters = Meters()
    outcomes = Ingest(ledger, meters, prices()).process(Signal.TRACES, [span(1, -2), span(3), span(4)])
    records = Scrape.of(meters.render().decode()).records(Signal.TRACES)

    message = "what is older than 2026-05-28 00:00:00 UTC was pruned and stays out"
    assert [Accepted(2, message), Accepted(), Accepted()] == outcomes
    assert {"received": 9, "rejected": 2, "duplicate": 2, "accepted": 1, "uncounted": 1} == {
        name: number for name, number in records.items() if name != "without_usage"
    }
    assert adds_up(records)
    assert len(before["token_usage"]) + 1 == len(contents(ledger)["token_usage"])


def test_the_boundary_is_remembered(tmp_path: Path) -> None:
    """Also by the next process, and it never goes back."""
    path = tmp_path / "usage.duckdb"
    ledger = Ledger.open(path)
    prune(ledger, BOUNDARY)
    prune(ledger, BOUNDARY - timedelta(days=3))
    ledger.close()
    again = Ledger.open(path)
    [outcome] = Ingest(again, Meters(), prices()).process(Signal.TRACES, [span(1, -1)])
    again.close()

    assert isinstance(outcome, Accepted)
    assert 2 == outcome.refused


def test_an_import_of_rows_stays_out_too(ledger: Ledger, tmp_path: Path) -> None:
    """It says how many."""
    prune(ledger, BOUNDARY)
    rows = [{"timestamp": "2026-05-27 23:59:59"}, {"timestamp": "2026-05-28 00:00:00"}]
    words, _ = import_file(ledger, tracker_file(tmp_path / "usage.db", rows))

    assert "1 new rows, 0 known already, 1 from before what this ledger keeps" == words


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_sums_by_hour_are_those_of_the_rows_that_are_left(zone: str, ledger: Ledger) -> None:
    """Also where a day begins within an hour of UTC; what is forgotten is summed again."""
    before = day_start(BOUNDARY + timedelta(hours=12), ZoneInfo(zone))
    seal(ledger, datetime(2026, 6, 1))
    prune(ledger, before)
    if zone == "UTC":
        assert sums_of_rows(ledger) == sums(ledger)
    seal(ledger, datetime(2026, 6, 1))

    assert [] != sums(ledger)
    assert sums_of_rows(ledger) == sums(ledger)


def test_the_future_is_refused(ledger: Ledger) -> None:
    """Or nothing could be stored until then."""
    tomorrow = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)

    with pytest.raises(RetentionError, match="is in the future: name a day until today"):
        prune(ledger, tomorrow)


@given(
    now=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    days=st.integers(1, 800),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Santiago", "Australia/Lord_Howe"]).map(ZoneInfo),
)
def test_whole_days_are_kept_in_every_zone(now: datetime, days: int, zone: ZoneInfo) -> None:
    """What is kept begins on the day so many days before today's, and not in the day before that one."""
    local = now.replace(tzinfo=UTC).astimezone(zone)
    first = kept_from(now, days, zone).replace(tzinfo=UTC)

    assert local.date() - timedelta(days=days) == first.astimezone(zone).date()
    assert first.astimezone(zone).date() > (first - timedelta(microseconds=1)).astimezone(zone).date()
