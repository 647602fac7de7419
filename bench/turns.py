"""What a turn at a lake costs: commits of several sizes, without and with news of another collector, chores.

    make bench-scale

One after another, in one process: nobody waits for a lock or, if the machine is quiet, for a core. The last
line is what `capacity.py` reads.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from catalogue import Lake, Lakes, lakes
from service_times import ServiceTimes
from traffic import Template, requests

from tokenlake_collector.ingest import Ingest, Prepared
from tokenlake_collector.meters import Meters
from tokenlake_collector.prices import PriceBook
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.hours.sealing import seal
from tokenlake_collector.storage.lake.upkeep import CHORES, do
from tokenlake_collector.storage.ledger import Ledger
from tokenlake_queries.lake import LAKE, SCHEMA

SPANS = 512
SIZES = (1, 2, 4, 8, 16)
"""Requests in a transaction."""

FILES = 30
"""Files of 2,048 rows that are merged at once, as those of a minute are."""

MERGED = 4
"""Such merged files, which are merged again, as those of an hour are."""

QUESTION_MS = 2.0
"""From docs/performance.md: 206 ms for the total of a hundred million rows, 33 ms for that of ten."""

AGO = timedelta(hours=3)
"""When the calls were made: their hours are over."""


class Traffic:
    """Requests whose spans are all different."""

    def __init__(self) -> None:
        self._templates: Iterator[Template] = requests(1, SPANS, mixed=False)
        self._numbers = itertools.count()
        self._begun_ns = int((datetime.now(UTC) - AGO).timestamp() * 1e9)

    def group(self, size: int) -> list[bytes]:
        """Return so many requests."""
        numbers = itertools.islice(self._numbers, size)
        return [
            next(self._templates).filled(number * SPANS, self._begun_ns + number * SPANS * 1000)
            for number in numbers
        ]


@dataclass(slots=True)
class Collector:
    """The part of a collector that writes; `held_ms` is how long each of its turns took."""

    ledger: Ledger
    ingest: Ingest = field(init=False)
    held_ms: list[float] = field(default_factory=list)
    prepare_us: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ingest = Ingest(self.ledger, Meters(), PriceBook())
        self.ledger.watch_turns(lambda _, held: self.held_ms.append(held * 1000))

    @classmethod
    def on(cls, lake: Lake) -> Collector:
        """Open a lake."""
        return cls(Ledger.open(lake.name, data_path=lake.data_path))

    def store(self, group: list[bytes]) -> float:
        """Store a group of requests and return how long its turn took, in ms."""
        prepared = self._prepared(group)
        self.ingest.store(prepared)
        return self.held_ms[-1]

    def _prepared(self, group: list[bytes]) -> Prepared:
        begun = time.process_time()
        prepared = self.ingest.prepare(Signal.TRACES, group)
        self.prepare_us.append((time.process_time() - begun) * 1e6 / prepared.received)
        return prepared

    def milliseconds(self, work: Callable[[Ledger], object]) -> float:
        """Return how long some work held others up."""
        before = len(self.held_ms)
        work(self.ledger)
        return sum(self.held_ms[before:])


@dataclass(frozen=True, slots=True)
class Line:
    """Milliseconds as they grow with rows: `fixed_ms + a_row_us * rows / 1000`."""

    fixed_ms: float
    a_row_us: float

    @classmethod
    def through(cls, medians: dict[int, float]) -> Line:
        """Return the line that is closest to some medians in ms, by rows."""
        slope, fixed = np.polyfit(list(medians), list(medians.values()), 1)
        return cls(max(0.0, float(fixed)), max(0.0, float(slope) * 1000))


def alone(one: Collector, traffic: Traffic, rounds: int) -> dict[int, float]:
    """Return the median turn for each number of rows, where nobody else writes."""
    return {
        size * SPANS: statistics.median(one.store(traffic.group(size)) for _ in range(rounds))
        for size in SIZES
    }


def with_news(one: Collector, other: Collector, traffic: Traffic, rounds: int) -> dict[int, float]:
    """Return the same where another stored as many rows just before."""
    found: dict[int, list[float]] = {size * SPANS: [] for size in SIZES}
    for size, _ in itertools.product(SIZES, range(rounds)):
        other.store(traffic.group(size))
        found[size * SPANS].append(one.store(traffic.group(size)))
    return {rows: statistics.median(times) for rows, times in found.items()}


def catalogue_rows(catalogue: Lakes, lake: Lake) -> int:
    """Return how many rows DuckLake keeps in PostgreSQL."""
    database = lake.name.partition("dbname=")[2].split()[0]
    tables = catalogue.postgres.ask(
        f"SELECT tablename FROM pg_tables WHERE schemaname = '{SCHEMA}'", database
    )
    count = " + ".join(f"(SELECT count(*) FROM {SCHEMA}.{table})" for (table,) in tables)
    return int(catalogue.postgres.ask(f"SELECT {count}", database)[0][0])


def files_of(one: Collector) -> tuple[int, int, int]:
    """Return rows that count, the files of all tables, and the bytes of the counted rows' files."""
    with one.ledger.cursor() as cursor:
        [(rows,)] = cursor.execute("SELECT count(*) FROM token_usage").fetchall()
        info = f"SELECT table_name, file_count, file_size_bytes FROM ducklake_table_info('{LAKE}')"
        tables = cursor.execute(info).fetchall()
    return (
        rows,
        sum(files for _, files, _ in tables),
        sum(size for name, _, size in tables if name == "token_usage"),
    )


def chore_us(one: Collector, name: str, rows: int) -> float:
    """Do a chore that concerns so many rows, and return how long it held others up for each, in µs."""
    [chore] = [chore for chore in CHORES if chore.name == name]
    return one.milliseconds(lambda ledger: do(ledger, chore)) * 1000 / rows


@dataclass(frozen=True, slots=True)
class Chores:
    """What chores cost for each row, in µs, and the bytes of a row after them."""

    merge_us: float
    merge_again_us: float
    seal_us: float
    row_bytes: float

    @classmethod
    def done(cls, one: Collector, traffic: Traffic) -> Chores:
        """Store some more, and do all of them."""
        young = []
        for _ in range(MERGED):
            before = files_of(one)[0]
            for _ in range(FILES):
                one.store(traffic.group(4))
            young.append(chore_us(one, "merge young files", files_of(one)[0] - before))
        rows, _, size = files_of(one)
        again = chore_us(one, "merge files", rows)
        now = datetime.now(UTC).replace(tzinfo=None)
        sealed_ms = one.milliseconds(lambda ledger: seal(ledger, now))
        # The first had the files of all that was stored before, too.
        return cls(statistics.median(young[1:]), again, sealed_ms * 1000 / rows, size / rows)


def measure(catalogue: Lakes, rounds: int) -> ServiceTimes:
    """Measure on a new lake."""
    lake, traffic = catalogue.new(), Traffic()
    one = Collector.on(lake)
    one.store(traffic.group(1))
    kept, cpu, files = catalogue_rows(catalogue, lake), catalogue.cpu_seconds(), files_of(one)[1]
    quiet = alone(one, traffic, rounds)
    cpu, commits = catalogue.cpu_seconds() - cpu, rounds * len(SIZES)
    files = files_of(one)[1] - files
    other = Collector.on(lake)
    busy = with_news(one, other, traffic, rounds)
    chores = Chores.done(one, traffic)
    kept = catalogue_rows(catalogue, lake) - kept
    for collector in (one, other):
        collector.ledger.close()
    print_turns(quiet, busy)
    commit = Line.through(quiet)
    news = Line.through({rows: busy[rows] - took for rows, took in quiet.items()})
    return ServiceTimes(
        prepare_us=statistics.median(one.prepare_us),
        commit_ms=commit.fixed_ms,
        commit_us=commit.a_row_us,
        news_ms=news.fixed_ms,
        news_us=news.a_row_us,
        **asdict(chores),
        catalogue_ms=cpu * 1000 / commits,
        files=files / commits,
        catalogue_rows=kept / (len(one.held_ms) + len(other.held_ms)),
        question_ms=QUESTION_MS,
    )


def print_turns(quiet: dict[int, float], busy: dict[int, float]) -> None:
    """Print a line for each number of rows."""
    print(f"{'rows in a turn':>16}{'ms alone':>12}{'with news':>12}")
    for rows, took in quiet.items():
        print(f"{rows:16,}{took:12.1f}{busy[rows]:12.1f}")


def main() -> None:
    """Print the times of turns, and what follows from them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=20, help="turns of each size, of which the median is shown"
    )
    given = parser.parse_args()
    with lakes() as catalogue:
        times = asdict(measure(catalogue, given.rounds))
    print(json.dumps({name: round(value, 3) for name, value in times.items()}))


if __name__ == "__main__":
    main()
