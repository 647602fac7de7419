"""How many collectors does a load need, and what breaks first? Plain arithmetic with measured times.

    make bench-scale

Prints what it assumes, a line for each load, and one for each number of rows that are kept.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from service_times import ServiceTimes

GROUP_ROWS = 8_000
"""Rows of a full transaction: `GROUP_BYTES` of the pipeline."""

GATHER_S = 0.045
"""The time in which small requests wait for each other, and so the shortest between two commits of one."""

BUSY = 0.7
"""The share of its time that a core or the lock may be busy: beyond, waits grow without bound."""

PATIENCE_S = 60.0
"""A turn that takes longer is ended by the next collector: `PATIENCE_S` of the catalogue."""

ACKNOWLEDGED_S = 5.0
"""Half of what an exporter waits by default."""

MERGED_BYTES = 256e6
COLUMNS = 42
DAY_S = 86_400

LOADS = (1_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
KEPT = (1e8, 1e9, 1e10, 1e11)

ASSUMED = f"""\
assumed: every span is a row; times are those of one machine, with PostgreSQL and a folder on its disk;
  a collector prepares on one core; that and the lock are busy for {BUSY:.0%} of the time at most;
  a full transaction has {GROUP_ROWS:,} rows; others come every {GATHER_S * 1000:.0f} ms, if turns are free;
  a chore of an hour is one turn, and a turn of more than {PATIENCE_S:.0f} s is ended;
  an answer may wait {ACKNOWLEDGED_S:.0f} s; a load that needs several lakes is spread over them by sender;
  files are merged to {MERGED_BYTES / 1e6:.0f} MB, and each has {COLUMNS + 1} rows in PostgreSQL"""


@dataclass(frozen=True, slots=True)
class Plan:
    """One lake under a load in spans a second; `limits` are what it uses of each, 1 is all."""

    collectors: int
    cores: float
    turns: float
    limits: dict[str, float]

    @property
    def fullest(self) -> str:
        """What breaks first when the load grows."""
        return max(self.limits, key=self.limits.__getitem__)

    @property
    def holds(self) -> bool:
        """Whether nothing is overloaded."""
        return self.limits[self.fullest] <= 1


def planned(load: float, times: ServiceTimes) -> Plan:
    """Plan one lake for a load in spans a second."""
    collectors = math.ceil(load * times.prepare_us / 1e6 / BUSY)
    others = collectors - 1
    turn_s = (times.commit_ms + (times.news_ms if others else 0)) / 1000
    row_s = (times.commit_us + times.news_us * others) / 1e6
    chores_s = (times.merge_us + times.merge_again_us + times.seal_us) / 1e6
    needed = load / GROUP_ROWS
    free = max(0.0, (BUSY - load * (row_s + chores_s)) / turn_s)
    turns = max(needed, min(free, collectors / GATHER_S))
    lock = needed * turn_s + load * (row_s + chores_s)
    return Plan(
        collectors=collectors,
        cores=load * times.prepare_us / 1e6 + turns * turn_s + load * (row_s + chores_s),
        turns=turns,
        limits={
            "the lock": lock / BUSY,
            "merging an hour": load * 3600 * times.merge_again_us / 1e6 / PATIENCE_S,
            "PostgreSQL": needed * times.catalogue_ms / 1000 / BUSY,
            "waiting for a turn": collectors * (turn_s + GROUP_ROWS * row_s) / ACKNOWLEDGED_S,
        },
    )


def fewest_lakes(load: float, times: ServiceTimes) -> int:
    """Return over how many lakes a load must be spread."""
    return next(lakes for lakes in range(1, 10_000) if planned(load / lakes, times).holds)


@dataclass(frozen=True, slots=True)
class Day:
    """What a lake gets in a day."""

    files: float
    bytes: float
    catalogue_rows: float


def day(load: float, plan: Plan, times: ServiceTimes) -> Day:
    """Return what a day of a load leaves: files before they are merged, bytes, rows in PostgreSQL."""
    turns = plan.turns * DAY_S
    return Day(turns * times.files, load * DAY_S * times.row_bytes, turns * times.catalogue_rows)


LOADS_HEAD = (
    "spans/s  lakes  each: collectors  cores  turns/s  files/day  GB/day  catalogue/day  breaks first"
)
KEPT_HEAD = "rows kept       TB    files  catalogue rows  a question about all, by sums, s"


def load_line(load: float, times: ServiceTimes) -> str:
    """Return the line of a load."""
    lakes = fewest_lakes(load, times)
    plan = planned(load / lakes, times)
    left = day(load / lakes, plan, times)
    return (
        f"{load:9,}{lakes:7}{plan.collectors:18}{plan.cores:7.1f}{plan.turns:9.1f}{left.files:11,.0f}"
        f"{left.bytes / 1e9:8,.1f}{left.catalogue_rows:15,.0f}"
        f"  {plan.fullest}, at {plan.limits[plan.fullest]:.0%}"
    )


def kept_line(rows: float, times: ServiceTimes) -> str:
    """Return the line of so many rows."""
    size = rows * times.row_bytes
    files = math.ceil(size / MERGED_BYTES)
    seconds = rows / 1e6 * times.question_ms / 1000
    return f"{rows:16,.0f}{size / 1e12:9.2f}{files:9,}{files * (COLUMNS + 1):16,}{seconds:14.1f}"


def main() -> None:
    """Print both tables for the times that were measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measured", type=Path, help="the last line of what turns.py printed, in a file")
    given = parser.parse_args()
    times = ServiceTimes(**json.loads(given.measured.read_text(encoding="utf-8").splitlines()[-1]))
    print(ASSUMED)
    print("measured: " + ", ".join(f"{name} {value:g}" for name, value in asdict(times).items()))
    print("", f"  {LOADS_HEAD}", *(load_line(load, times) for load in LOADS), sep="\n")
    print("", f"       {KEPT_HEAD}", *(kept_line(rows, times) for rows in KEPT), sep="\n")


if __name__ == "__main__":
    main()
