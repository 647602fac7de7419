"""A ledger moved into another one: all of it, again what changed, and nothing that is somebody else's."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from harness.captures import cases
from harness.hour_sums import sums, sums_of_rows
from harness.migrating import calls_ledger, rows_of
from harness.otlp import CHAT, SpanSpec, trace_bytes
from harness.table import store, store_recorded
from tokenlake_collector.migrate import MigrationError, Source, migrate
from tokenlake_collector.retention import Subject, forget, prune
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_queries import LedgerError

Change = Callable[[Ledger], object]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a collector holds that received all recorded runs."""
    path = tmp_path_factory.mktemp("recorded") / "recorded.duckdb"
    ledger = Ledger.open(path)
    store_recorded(ledger, [request for case in cases() for request in case.requests])
    ledger.close()
    return path


@pytest.fixture
def source(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(recorded, tmp_path / "source.duckdb"))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target.duckdb"


def change(path: Path, work: Change) -> None:
    ledger = Ledger.open(path)
    work(ledger)
    ledger.close()


def moved(source: Path, target: Path) -> int:
    """Migrate, and return the rows that were moved."""
    return migrate(Source.read(str(source)), str(target), None, lambda _words, _done, _of: None).rows


def run(statement: str, ledger: Ledger) -> None:
    ledger.transaction(lambda connection: connection.execute(statement).fetchall())


def count(rows: dict[str, list[tuple[object, ...]]]) -> int:
    return sum(len(rows[name]) for name in ("token_usage", "token_usage_uncounted", "trace_spans"))


def test_all_of_it_is_moved_once(source: Path, target: Path) -> None:
    """Both tables and the tree between reports, in every column; the second time, nothing."""
    first, second = moved(source, target), moved(source, target)
    expected = rows_of(source)

    assert all(expected[name] for name in ("token_usage", "token_usage_uncounted", "trace_spans"))
    assert (count(expected), 0) == (first, second)
    assert expected == rows_of(target)


def test_the_target_sums_its_hours(source: Path, target: Path) -> None:
    """They are made of its own rows, of all hours that are over."""
    moved(source, target)
    ledger = Ledger.open(target)
    expected = sums_of_rows(ledger, times=True)

    assert [] != expected
    assert expected == sums(ledger, times=True)
    ledger.close()


def late_report(ledger: Ledger) -> None:
    store(ledger, [trace_bytes(SpanSpec(CHAT | {"gen_ai.usage.input_tokens": 77}, trace_id=9001, span_id=1))])


def late_verdict(ledger: Ledger) -> None:
    """A call hangs below an agent that was counted until then."""
    agent = CHAT | {"gen_ai.operation.name": "invoke_agent"}
    store(ledger, [trace_bytes(SpanSpec(agent, trace_id=9002, span_id=1, kind=1))])
    store(ledger, [trace_bytes(SpanSpec(trace_id=9002, span_id=2, parent_id=1))])


def forget_a_user(ledger: Ledger) -> None:
    with ledger.cursor() as cursor:
        [(user,)] = cursor.execute("SELECT max(user_id) FROM token_usage").fetchall()
    forget(ledger, Subject("user_id", user))


def prune_half(ledger: Ledger) -> None:
    with ledger.cursor() as cursor:
        [(middle,)] = cursor.execute("SELECT median(timestamp) FROM token_usage").fetchall()
    prune(ledger, middle)


def reprice(ledger: Ledger) -> None:
    run("UPDATE token_usage SET computed_cost = 0.125 WHERE rowid = 3", ledger)


@pytest.mark.parametrize("work", [late_report, late_verdict, forget_a_user, prune_half, reprice])
def test_what_changed_since_is_moved_too(source: Path, target: Path, work: Change) -> None:
    """Whatever a collector or a command does to the source between two runs."""
    moved(source, target)
    before = rows_of(source)
    change(source, work)
    moved(source, target)
    expected = rows_of(source)

    assert before != expected
    assert expected == rows_of(target)
    ledger = Ledger.open(target)
    assert sums_of_rows(ledger, times=True) == sums(ledger, times=True)
    ledger.close()


def test_what_was_pruned_stays_out_of_the_target(tmp_path: Path, target: Path) -> None:
    """It begins where the source begins."""
    source = tmp_path / "source.duckdb"
    calls_ledger(source, rows=48, hourly=1)
    change(source, lambda ledger: prune(ledger, datetime(2026, 11, 2)))
    rows = moved(source, target)
    ledger = Ledger.open(target)

    assert 24 == rows
    assert datetime(2026, 11, 2) == ledger.boundary.before
    ledger.close()


def test_only_hours_that_differ_are_moved(tmp_path: Path, target: Path) -> None:
    """One late call in an hour of 10: that hour's 11 rows, of 101."""
    source = tmp_path / "source.duckdb"
    calls_ledger(source, rows=100, hourly=10)
    first = moved(source, target)
    change(
        source,
        lambda ledger: ledger.transaction(
            lambda c: c.execute(
                "INSERT INTO token_usage (timestamp) VALUES ('2026-11-01 04:59:59.5')"
            ).fetchall()
        ),
    )

    assert (100, 11) == (first, moved(source, target))


def test_a_target_that_is_in_use_is_refused(source: Path, target: Path) -> None:
    """A collector stored a report there since: the next run would take it away, and changes nothing."""
    moved(source, target)
    change(target, late_report)
    before = rows_of(target)

    with pytest.raises(
        MigrationError, match=f"^{target}: holds rows that did not come from {source}, or that"
    ):
        moved(source, target)
    assert before == rows_of(target)


def test_a_target_with_rows_of_its_own_is_refused(source: Path, target: Path) -> None:
    """One that no migration wrote."""
    calls_ledger(target, rows=1, hourly=1)
    before = rows_of(target)

    with pytest.raises(MigrationError, match=f"^{target}: holds rows already: name a new ledger in --to$"):
        moved(source, target)
    assert before == rows_of(target)


def test_a_target_that_another_ledger_was_moved_into_is_refused(
    source: Path, target: Path, tmp_path: Path
) -> None:
    """Its rows would be replaced."""
    other = tmp_path / "other.duckdb"
    calls_ledger(other, rows=1, hourly=1)
    moved(other, target)

    with pytest.raises(
        MigrationError, match=f"^{target}: holds rows that did not come from {source}, or that"
    ):
        moved(source, target)
    assert rows_of(other) == rows_of(target)


def test_a_ledger_is_not_moved_into_itself(source: Path) -> None:
    """Nor is it changed."""
    before = rows_of(source)

    with pytest.raises(MigrationError, match=f"^{source}: --from and --to are the same file: name a new one"):
        moved(source, source)
    assert before == rows_of(source)


def test_a_source_that_is_not_there_leaves_no_target(tmp_path: Path, target: Path) -> None:
    """It is looked at first."""
    with pytest.raises(LedgerError, match="does not exist"):
        moved(tmp_path / "nothing.duckdb", target)
    assert not target.exists()


def test_a_source_of_an_older_schema_is_named(source: Path, target: Path) -> None:
    """With what brings it to the newest."""
    change(source, partial(run, "DELETE FROM tokenlake_migrations WHERE version > 5"))

    with pytest.raises(
        MigrationError, match=f"^{source}: has schema 5, .+: open it once with this tokenlake"
    ):
        moved(source, target)
    assert not target.exists()
