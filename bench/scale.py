"""One, two and three collectors on one lake, beside one on the embedded file: the same load, in the same run.

    make bench-scale

Generator, collectors and PostgreSQL share the machine's cores: where these are fewer than the processes, a
second collector adds no speed, and waits of turns hold the wait for a core. What does not depend on that is
the CPU time of a span, and that nothing is lost or there twice: every ledger is compared with what was
acknowledged. With `--rate` the same spans a second are sent to each.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from catalogue import Lake, Lakes, lakes
from fleet import COMMITS, HELD, RECORDS, WAIT, Fleet, Histograms, fleet
from load import Load, measured
from sender import Orders
from server import stored

from tokenlake_queries.lake import connect_lake

SPANS = 512
CONNECTIONS = 16
FASTEST = 90_000
"""Spans a second that are built for, where no rate is given; they take memory."""


@dataclass(slots=True)
class Watch:
    """What was observed while the load lasted."""

    seconds: float = 0.0
    postgres_cpu_s: float = 0.0
    observed: Histograms = field(default_factory=lambda: Histograms({}))


@dataclass(frozen=True, slots=True)
class Run:
    """What one run came to; `rows` is what a query finds."""

    collectors: int
    load: Load
    watch: Watch
    rows: int
    distinct: int

    def figures(self) -> dict[str, float]:
        """Return the cells of its line: times in ms, shares of the time, CPU seconds per million spans."""
        load, observed, seconds = self.load, self.watch.observed, self.watch.seconds
        commits = observed.count(COMMITS)
        return {
            "spans/s": load.rate,
            "CPU µs": load.cpu,
            "PG µs": self.watch.postgres_cpu_s / load.spans * 1e6,
            "commits/s": commits / seconds,
            "spans each": observed.sum(RECORDS) / commits,
            "held %": observed.sum(HELD) / seconds * 100,
            "held p50": observed.quantile(HELD, 0.5) * 1000,
            "held p99": observed.quantile(HELD, 0.99) * 1000,
            "wait %": observed.sum(WAIT) / seconds / self.collectors * 100,
            "wait p50": observed.quantile(WAIT, 0.5) * 1000,
            "wait p99": observed.quantile(WAIT, 0.99) * 1000,
            "ack p50": load.p50_ms,
            "ack p99": load.p99_ms,
        }

    @property
    def is_exact(self) -> bool:
        """Whether each acknowledged call is there, and once."""
        return self.load.calls == self.rows == self.distinct


def orders(target: str, seconds: float, rate: float, seed: int) -> Orders:
    """Say what is to be sent."""
    unique = int((rate or FASTEST) * seconds / SPANS / 2) + CONNECTIONS
    return Orders(target, "grpc", "identity", CONNECTIONS, seconds, SPANS, unique, seed, rate=rate / 2)


@contextmanager
def watched(collectors: Fleet, catalogue: Lakes, watch: Watch) -> Iterator[None]:
    """Note what is observed, and what PostgreSQL uses, until the block ends."""
    before, cpu, begun = collectors.scrape(), catalogue.cpu_seconds(), time.monotonic()
    yield
    watch.seconds = time.monotonic() - begun
    watch.postgres_cpu_s = catalogue.cpu_seconds() - cpu
    watch.observed = collectors.scrape().since(before)


def on_file(catalogue: Lakes, seconds: float, rate: float, seed: int) -> Run:
    """Measure the embedded file."""
    with tempfile.TemporaryDirectory(dir=catalogue.folder) as folder:
        db, watch = Path(folder) / "bench.duckdb", Watch()
        with fleet(db, 1) as one:
            target = one.servers[0].grpc
            load = measured(
                one, orders(target, seconds, rate, seed), meanwhile=watched(one, catalogue, watch)
            )
        found = stored(db)
    return Run(1, load, watch, found.rows, found.distinct)


def on_lake(catalogue: Lakes, collectors: int, seconds: float, rate: float, seed: int) -> Run:
    """Measure so many collectors on a new lake."""
    lake, watch = catalogue.new(), Watch()
    with fleet(lake.name, collectors, *lake.options) as many:
        sent = orders(many.target, seconds, rate, seed)
        load = measured(many, sent, meanwhile=watched(many, catalogue, watch))
    return Run(collectors, load, watch, *rows_of(lake))


def rows_of(lake: Lake) -> tuple[int, int]:
    """Return the rows that count in a lake, and how many different ones."""
    with connect_lake(lake.name, read_only=True) as connection:
        query = "SELECT count(*), count(DISTINCT (trace_id, span_id)) FROM token_usage"
        [(rows, distinct)] = connection.execute(query).fetchall()
    return rows, distinct


def print_line(name: str, runs: list[Run]) -> None:
    """Print the medians of some runs; the heading before the first line."""
    found = [run.figures() for run in runs]
    if name.startswith("file"):
        print(f"{'':10}" + "".join(f"{column:>11}" for column in found[0]) + "  exact")
    cells = (statistics.median(figures[column] for figures in found) for column in found[0])
    exact = "yes" if all(run.is_exact for run in runs) else "NO"
    print(f"{name:10}" + "".join(f"{cell:11,.1f}" for cell in cells) + f"  {exact}", flush=True)


def main() -> None:
    """Print a line for the file and one for each number of collectors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="how long each run sends")
    parser.add_argument(
        "--rounds", type=int, default=3, help="runs of each line, of which the median is shown"
    )
    parser.add_argument("--collectors", default="1,2,3", help="numbers of collectors on the lake")
    parser.add_argument(
        "--rate", type=float, default=0, help="spans a second; without it as many as it takes"
    )
    given = parser.parse_args()
    numbers = [int(number) for number in given.collectors.split(",")]
    runs: dict[str, list[Run]] = {"file": [], **{f"lake, {number}": [] for number in numbers}}
    with lakes() as catalogue:
        for turn in range(given.rounds):
            common = {"seconds": given.seconds, "rate": given.rate}
            runs["file"].append(on_file(catalogue, seed=2 + turn, **common))
            for number in numbers:
                runs[f"lake, {number}"].append(on_lake(catalogue, number, seed=2 + turn, **common))
    for name, found in runs.items():
        print_line(name, found)


if __name__ == "__main__":
    main()
