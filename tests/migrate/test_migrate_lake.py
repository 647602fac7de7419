"""A ledger moved from a file to DuckLake and back, killed on its way, while collectors go on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.captures import cases
from harness.collector_process import start_collector
from harness.integration_environment import integration_environment
from harness.migrating import calls_ledger, digest_of, kill_at, send, spans
from harness.postgres import PostgreSQL, running_postgres
from harness.table import store, store_recorded
from harness.wheel import Environment
from tokenlake_collector.storage.ledger import Ledger

pytestmark = [pytest.mark.debian, pytest.mark.timeout(900)]

SECOND_STEP = re.compile("moving rows, 210,000 of ")
MOVED = re.compile(r"([\d,]+) rows moved")

# A collector that stores a report into the target while a migration has it open.
BESIDE = """
import sys
from tokenlake_collector.migrate import MigrationError, Source
from tokenlake_collector.migrate.fingerprint import Fingerprint
from tokenlake_collector.migrate.step import steps_between
from tokenlake_collector.migrate.target import Target
from tokenlake_collector.storage.ledger import Ledger

source, lake, folder = sys.argv[1:]
target = Target(lake, folder, Source.read(source))
[step] = steps_between(target.wanted(), target.present())
target.begin(Fingerprint(), changing=True)
other = Ledger.open(lake)
other.transaction(lambda c: c.execute("INSERT INTO token_usage (model) VALUES ('stored beside')").fetchall())
other.close()
try:
    target.take(step, step.new)
except MigrationError as error:
    print(error)
print(target._ledger.cursor().execute("SELECT model FROM token_usage").fetchall())
target.close()
"""


class Lake:
    """An empty ledger on DuckLake, with its data in a folder."""

    def __init__(self, environment: Environment, name: str, folder: Path) -> None:
        self.environment = environment
        self.name = name
        self.folder = folder

    def take(self, source: Path) -> int:
        """Move a file into it, and return the rows moved."""
        return self._moved("--from", str(source), "--to", self.name, "--data-path", str(self.folder))

    def give(self, target: Path) -> int:
        """Move it into a file, and return the rows moved."""
        return self._moved("--from", self.name, "--to", str(target))

    def kill_twice(self, *options: object) -> None:
        """Start a migration, kill it in its first step, start again and kill it in a later one."""
        python = str(self.environment.folder / "bin" / "python")
        kill_at(lambda line: line.startswith("moving rows, 0 of "), *options, python=python)
        kill_at(lambda line: SECOND_STEP.match(line) is not None, *options, python=python)

    def _moved(self, *options: str) -> int:
        moved = MOVED.search(self.environment.succeed("tokenlake", "migrate", *options))
        assert moved is not None
        return int(moved[1].replace(",", ""))


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgreSQL]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def lake(postgres: PostgreSQL, tmp_path: Path) -> Lake:
    return Lake(integration_environment("lake"), postgres.new_ledger(), tmp_path / "lake")


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """What a collector holds that received all recorded runs."""
    path = tmp_path / "recorded.duckdb"
    ledger = Ledger.open(path)
    store_recorded(ledger, [request for case in cases() for request in case.requests])
    ledger.close()
    return path


def change(path: Path, statement: str) -> None:
    ledger = Ledger.open(path)
    ledger.transaction(lambda connection: connection.execute(statement).fetchall())
    ledger.close()


def test_recorded_runs_there_and_back(lake: Lake, recorded: Path, tmp_path: Path) -> None:
    """Every column of every row, both tables and the tree between reports."""
    back = tmp_path / "back.duckdb"
    digest = digest_of(recorded)
    rows = sum(digest[name][0][0] for name in ("token_usage", "token_usage_uncounted", "trace_spans"))

    assert (rows, rows) == (lake.take(recorded), lake.give(back))
    assert digest == digest_of(back)


def test_what_changed_is_moved_again(lake: Lake, tmp_path: Path) -> None:
    """A row more, a row less and one with another cost, in three hours of ten: 11 + 9 + 10 rows."""
    source, back = tmp_path / "source.duckdb", tmp_path / "back.duckdb"
    calls_ledger(source, rows=100, hourly=10)
    first = lake.take(source)
    change(source, "INSERT INTO token_usage (timestamp) VALUES ('2026-11-01 02:59:59.5')")
    change(source, "DELETE FROM token_usage WHERE timestamp = '2026-11-01 05:00:00'")
    change(source, "UPDATE token_usage SET computed_cost = 0.5 WHERE timestamp = '2026-11-01 07:00:00'")
    again, none_left = lake.take(source), lake.take(source)
    lake.give(back)

    assert (100, 30, 0) == (first, again, none_left)
    assert digest_of(source) == digest_of(back)


def test_collectors_go_on_meanwhile(lake: Lake, tmp_path: Path) -> None:
    """A lake is read while one writes into it; what came since is moved by the next run, with its hour."""
    back, once = tmp_path / "back.duckdb", tmp_path / "once.duckdb"
    python = str(lake.environment.folder / "bin" / "python")
    collector = start_collector(lake.name, "--data-path", str(lake.folder), python=python)
    try:
        send(collector.http, 1, 2, 3)
        first = lake.give(back)
        send(collector.http, 4, 5)
    finally:
        collector.stop()
    again = lake.give(back)
    ledger = Ledger.open(once)
    store(ledger, [spans(1, 2, 3)], [spans(4, 5)])
    ledger.close()

    assert (3, 5) == (first, again)
    assert digest_of(once) == digest_of(back)


def test_killed_twice_both_ways(lake: Lake, tmp_path: Path) -> None:
    """600,000 rows in steps of seven hours with 30,000 each: what was committed is not moved again."""
    source, back = tmp_path / "source.duckdb", tmp_path / "back.duckdb"
    calls_ledger(source, rows=600_000, hourly=30_000)
    lake.kill_twice("--from", source, "--to", lake.name, "--data-path", lake.folder)
    there = lake.take(source)
    lake.kill_twice("--from", lake.name, "--to", back)

    assert there <= 390_000
    assert lake.give(back) <= 390_000
    assert digest_of(source) == digest_of(back)


def test_the_same_statistics(lake: Lake, recorded: Path) -> None:
    """As anybody asks for them; USD to the billionth, as sums of fractions depend on their order."""
    lake.take(recorded)
    asked = ("summary", "--by", "model,channel", "--json")
    here, there = (
        json.loads(
            lake.environment.succeed("tokenlake", *asked, "--db", str(db)),
            parse_float=lambda text: round(float(text), 9),
        )
        for db in (recorded, lake.name)
    )

    assert [] != here
    assert here == there


def test_rows_that_a_collector_stores_beside_it_stay(lake: Lake, tmp_path: Path) -> None:
    """The migration stops before it replaces what it has not seen."""
    source = tmp_path / "source.duckdb"
    calls_ledger(source, rows=10, hourly=10)
    said = lake.environment.succeed("python", "-c", BESIDE, str(source), lake.name, str(lake.folder))

    assert "a collector writes into it: start one only when all is moved" in said
    assert "[('stored beside',)]" == said.splitlines()[-1]
