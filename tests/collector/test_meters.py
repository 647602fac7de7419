"""The collector's own metrics: what is counted when; a scrape survives what the database does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.captures import Request
from harness.crashed_ledger import crashed_ledger
from harness.otlp import SpanSpec, trace_bytes
from harness.random_exports import exports
from harness.record_counts import records_in
from harness.scrape import Scrape, adds_up
from tokenlake_collector import ledger_gauges
from tokenlake_collector.errors import CommitFailed, Overloaded
from tokenlake_collector.ingest import Accepted, Ingest
from tokenlake_collector.ledger_gauges import LedgerGauges
from tokenlake_collector.meters import Meters
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.database import Result
from tokenlake_collector.storage.ledger import Ledger


class Moody(Ledger):
    """A ledger in memory that refuses a transaction after its work is done where its mood says so."""

    failing_now = False

    def transaction(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        def moody(connection: duckdb.DuckDBPyConnection) -> Result:
            result = work(connection)
            if self.failing_now:
                raise duckdb.IOException("no room")
            return result

        return super().transaction(moody)


@pytest.fixture
def ledger() -> Iterator[Moody]:
    """A new one."""
    opened = Moody.open(":memory:")
    yield opened
    opened.close()


def scrape(meters: Meters) -> Scrape:
    return Scrape.of(meters.render().decode())


def test_what_is_to_be_sent_again_was_not_received(ledger: Moody) -> None:
    """A failed commit counts no record, only itself; the repetition that succeeds counts all of them once."""
    meters = Meters()
    ingest = Ingest(ledger, meters)
    body = trace_bytes(SpanSpec(), SpanSpec({}, 2, 2), SpanSpec(span_id=0))
    ledger.failing_now = True
    failed = ingest.process(Signal.TRACES, [body])
    between = scrape(meters)
    ledger.failing_now = False
    ingest.process(Signal.TRACES, [body])
    after = scrape(meters)

    nothing = dict.fromkeys(scrape(Meters()).records(Signal.TRACES), 0)
    assert [CommitFailed] == [type(outcome) for outcome in failed]
    assert nothing == between.records(Signal.TRACES)
    assert (1, 0) == (
        between.total("tokenlake_failed_commits_total"),
        between.total("tokenlake_commit_seconds_count"),
    )
    expected = nothing | {"received": 3, "accepted": 1, "without_usage": 1, "rejected": 1}
    assert expected == after.records(Signal.TRACES)
    assert (1, 1) == (
        after.total("tokenlake_failed_commits_total"),
        after.total("tokenlake_commit_seconds_count"),
    )


@settings(deadline=None, max_examples=60)
@given(
    groups=st.lists(st.tuples(st.lists(exports(), min_size=1, max_size=4), st.booleans()), max_size=6),
    poison=st.sampled_from([b"", b"\x0a\xff"]),
)
def test_records_add_up_whatever_is_sent_and_fails(
    groups: list[tuple[list[Request], bool]], poison: bytes
) -> None:
    """Received is what accepted requests hold; it is the sum of all outcomes; new ones are the rows."""
    ledger, meters = Moody.open(":memory:"), Meters()
    ingest = Ingest(ledger, meters)
    held = dict.fromkeys(Signal, 0)
    for requests, ledger.failing_now in groups:
        signal = requests[0].signal
        group = [request for request in requests if request.signal is signal]
        outcomes = ingest.process(signal, [*(request.payload for request in group), poison])
        taken = [r for r, outcome in zip(group, outcomes, strict=False) if isinstance(outcome, Accepted)]
        held[signal] += sum(map(records_in, taken))
    shown = scrape(meters)
    with ledger.cursor() as cursor:
        tables = ("token_usage", "token_usage_uncounted")
        counts = [cursor.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in tables]
    ledger.close()

    records = {signal: shown.records(signal) for signal in Signal}
    assert held == {signal: of["received"] for signal, of in records.items()}
    assert [] == [of for of in records.values() if not adds_up(of)]
    assert sum(counts) == sum(of["accepted"] + of["uncounted"] for of in records.values())


def test_all_fates_are_shown_before_anything_happened() -> None:
    """A series that appears with its first event hides that event from `increase`: all are there at 0."""
    shown = scrape(Meters())

    fates = [dict(labels) for name, labels in shown.samples if name == "tokenlake_records_total"]
    assert 12 == len(fates)
    assert {0} == {shown.total(name) for name in shown.families() if name.endswith("records_total")}


def test_a_refusal_has_its_reason_beside_its_code() -> None:
    """503 has several: `overloaded` is one of them."""
    meters = Meters()
    meters.requests.answered(Signal.LOGS, "http", "503", Overloaded("too much"))
    meters.requests.answered(Signal.LOGS, "http", "200")
    shown = scrape(meters)

    where = {"signal": "logs", "transport": "http"}
    assert 1 == shown.value("tokenlake_requests_total", code="503", **where)
    assert 1 == shown.value("tokenlake_refused_requests_total", reason="overloaded", **where)
    assert (1, 2) == (shown.total("tokenlake_refused_requests_total"), meters.requests.total())


def test_bytes_are_looked_up_at_the_scrape() -> None:
    """The gauge shows what is there now, not what was there when somebody last reported it."""
    meters, held = Meters(), [5]
    meters.show_waiting_bytes(lambda: held[0])
    meters.show_arriving_bytes(lambda: held[0] + 1)
    held[0] = 7
    shown = scrape(meters)

    assert (7, 8) == tuple(shown.value(f"tokenlake_{name}_bytes") for name in ("waiting", "arriving"))


def gauges(ledger: Ledger) -> tuple[Meters, LedgerGauges]:
    meters, found = Meters(), LedgerGauges(ledger)
    meters.registry.register(found)
    return meters, found


def test_a_scrape_without_a_database_leaves_its_rows_out(tmp_path: Path) -> None:
    """Everything else is there: sizes are those of the files."""
    path = tmp_path / "usage.duckdb"
    opened = Ledger.open(path)
    meters, _ = gauges(opened)
    opened.close()
    shown = scrape(meters)

    assert "tokenlake_rows" not in shown.families()
    assert (path.stat().st_size, 0) == (
        shown.value("tokenlake_file_bytes"),
        shown.value("tokenlake_wal_bytes"),
    )


def test_a_scrape_without_a_file_leaves_its_size_out(tmp_path: Path) -> None:
    """Somebody has moved the file away under the collector: the rows can still be counted."""
    path = tmp_path / "usage.duckdb"
    opened = Ledger.open(path)
    meters, _ = gauges(opened)
    path.rename(tmp_path / "moved.duckdb")
    shown = scrape(meters)
    (tmp_path / "moved.duckdb").rename(path)
    opened.close()

    assert "tokenlake_rows" in shown.families()
    assert "tokenlake_file_bytes" not in shown.families()


def test_a_ledger_in_memory_has_no_files(ledger: Moody) -> None:
    """Rows, and nothing about files."""
    meters, _ = gauges(ledger)

    added = scrape(meters).families() - scrape(Meters()).families()

    assert {"tokenlake_rows", "tokenlake_commits_failing"} == added


def test_failing_commits_and_damaged_logs_are_shown(tmp_path: Path) -> None:
    """A log that was set aside at the start; then a commit that fails, and one that succeeds later."""
    path = tmp_path / "usage.duckdb"
    crashed_ledger(path)
    log = path.with_name(path.name + ".wal")
    sound = log.read_bytes()
    log.write_bytes(sound[:2_000] + b"\xa5" * 400 + sound[2_400:])
    opened = Ledger.open(path)
    meters, _ = gauges(opened)
    with pytest.raises(CommitFailed):
        opened.transaction(lambda connection: connection.execute("SELECT * FROM nowhere"))
    failing = scrape(meters)
    opened.check()
    recovered = scrape(meters)
    opened.close()

    assert (1, 1) == (
        failing.value("tokenlake_damaged_logs"),
        failing.value("tokenlake_commits_failing"),
    )
    assert 0 == recovered.value("tokenlake_commits_failing")


def test_rows_are_counted_again_only_after_a_hundred_times_what_it_took(
    ledger: Moody, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counting takes 2 s here: the next one is 200 s later, however often somebody looks."""
    clock = iter([0.0, 2.0, 201.9, 202.0, 204.0])
    monkeypatch.setattr(ledger_gauges, "monotonic", lambda: next(clock))
    meters, _ = gauges(ledger)
    ledger.transaction(lambda connection: connection.execute("INSERT INTO token_usage (id) VALUES (uuid())"))
    seen = [scrape(meters).total("tokenlake_rows")]
    ledger.transaction(lambda connection: connection.execute("INSERT INTO token_usage (id) VALUES (uuid())"))
    seen += [scrape(meters).total("tokenlake_rows") for _ in range(2)]

    assert [1, 1, 2] == seen
