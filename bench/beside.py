"""Do statistics stop the ingest, and does the ingest stop statistics?

    make bench-beside

One collector on a ledger of millions of rows. In every round: load alone, the same load beside statistics
over HTTP, and the statistics alone; every other round the other way round. Generator, statistics' client and
collector share the machine's cores.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from asking import Times, asking
from ingest import Scenario, orders
from ledgers import filled, shelf, some_session
from load import Load, measured, p99
from questions import PATHS
from server import Server, collecting, stored

LOAD = Scenario("gRPC", "grpc", 16)


@dataclass(frozen=True, slots=True)
class Found:
    """What all rounds came to."""

    alone: list[Load] = field(default_factory=list)
    beside: list[Load] = field(default_factory=list)
    idle_ms: Times = field(default_factory=lambda: defaultdict(list))
    beside_ms: Times = field(default_factory=lambda: defaultdict(list))

    @property
    def calls(self) -> int:
        """How many calls were acknowledged."""
        return sum(load.calls for load in self.alone + self.beside)


@dataclass(frozen=True, slots=True)
class Bench:
    """A collector, what it is asked, and for how long at a time."""

    server: Server
    paths: dict[str, str]
    a_second: float
    seconds: float

    def round(self, number: int, found: Found) -> None:
        """Measure all three, in an order that alternates: the ledger grows on the way."""
        seed = 2 + 2 * number
        turns: list[Callable[[], None]] = [
            lambda: found.alone.append(self._load(seed, nullcontext())),
            lambda: found.beside.append(self._load(seed + 1, self._asking(found.beside_ms))),
            lambda: self.idle(found.idle_ms),
        ]
        for turn in turns if number % 2 == 0 else reversed(turns):
            turn()

    def idle(self, times: Times) -> None:
        """Ask while nothing is sent."""
        with self._asking(times):
            time.sleep(self.seconds)

    def _load(self, seed: int, meanwhile: AbstractContextManager[None]) -> Load:
        sent = orders(LOAD, self.server, self.seconds, seed, again=False)
        return measured(self.server, sent, meanwhile=meanwhile)

    def _asking(self, times: Times) -> AbstractContextManager[None]:
        return asking(f"http://{self.server.http}/metrics/token", self.paths, self.a_second, times)


def print_ingest(found: Found) -> None:
    """Print what was taken in with and without statistics."""
    alone, beside = (statistics.median(load.rate for load in loads) for loads in (found.alone, found.beside))
    print(f"\ningest, spans/s: alone {alone:,.0f}, beside statistics {beside:,.0f}", end="")
    print(f", ratio {beside / alone:.2f} (target: at least 0.90)")


def print_statistics(found: Found) -> None:
    """Print a line per statistic, and one of them all together."""
    print(f"\n{'statistics, ms':16}{'asked':>6}  idle: p50     p99  beside: p50     p99  ratios: p50   p99")
    rows = {name: (found.idle_ms[name], found.beside_ms[name]) for name in found.idle_ms}
    rows["all"] = list(chain(*found.idle_ms.values())), list(chain(*found.beside_ms.values()))
    for name, (idle, beside) in rows.items():
        before, after = ((statistics.median(times), p99(times)) for times in (idle, beside))
        print(
            f"{name:16}{len(beside):6}{before[0]:11.0f}{before[1]:8.0f}{after[0]:13.0f}{after[1]:8.0f}"
            f"{after[0] / before[0]:13.2f}{after[1] / before[1]:6.2f}"
        )
    print("target: p99 beside at most 3 times that of idle")


def main() -> None:
    """Fill a ledger, serve a copy of it, and print what the rounds came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=int, default=10, help="size of the ledger")
    parser.add_argument("--seconds", type=float, default=10, help="how long each turn lasts")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of three turns each")
    parser.add_argument(
        "--a-second", type=float, default=len(PATHS), help="statistics a second, of all kinds together"
    )
    parser.add_argument("--keep", type=Path, help="a folder where the ledger stays, to be used again")
    given = parser.parse_args()
    found = Found()
    with shelf(given.keep) as folder, tempfile.TemporaryDirectory(dir=folder) as passing:
        kept = filled(folder, given.millions)
        db = Path(shutil.copy(kept, passing))
        session = some_session(db)
        with collecting(db) as server:
            paths = {name: path.format(session=session) for name, path in PATHS.items()}
            bench = Bench(server, paths, given.a_second, given.seconds)
            bench.idle(defaultdict(list))  # what is asked first is not yet in memory
            for number in range(given.rounds):
                bench.round(number, found)
        is_exact = stored(db).rows == given.millions * 1_000_000 + found.calls
    print_ingest(found)
    print(f"every acknowledged call is stored once: {'yes' if is_exact else 'NO'}")
    print_statistics(found)


if __name__ == "__main__":
    main()
