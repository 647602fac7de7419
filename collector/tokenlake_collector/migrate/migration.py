"""Make a ledger hold what another one holds, whatever it had before of that one.

The hours of both are compared, and those that differ are moved, each step a transaction. So a migration that
was ended at any moment goes on where it was, and one that is run again moves what changed since: late rows,
verdicts, prices and deletions too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from tokenlake_collector.errors import CommitFailed
from tokenlake_collector.migrate.errors import MigrationError
from tokenlake_collector.migrate.fingerprint import sum_of
from tokenlake_collector.migrate.source import Source
from tokenlake_collector.migrate.statistics import Statistics
from tokenlake_collector.migrate.step import steps_between
from tokenlake_collector.migrate.target import Target
from tokenlake_queries.lake import shown

Told: TypeAlias = Callable[[str, int, int], None]
"""Told what goes on from now, and how many of how many rows are moved."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """The rows that were moved, and the statistics of the target."""

    rows: int
    statistics: Statistics


def migrate(source: Source, name: str, data_path: str | None, told: Told) -> Migrated:
    """Move a ledger into the one of that name, which is made if it is not there.

    A new ledger on DuckLake needs `data_path`. When this returns, both are equal in every column of every
    row, and in their statistics.

    Raises:
        StartupError: the target cannot be opened.
        MigrationError: it holds other rows, somebody writes into it, or a step failed.
    """
    with _explained(), closing(Target(name, data_path, source)) as target:
        moved = _move(target, told)
        told("summing hours", moved, moved)
        target.sum_hours()
    told("comparing statistics", moved, moved)
    statistics = Statistics.of(name)
    if differing := source.statistics.differing(statistics):
        raise MigrationError(f"{shown(name)}: other statistics than the source ({', '.join(differing)})")
    return Migrated(moved, statistics)


def _move(target: Target, told: Told) -> int:
    told("comparing hours", 0, 0)
    wanted, present = target.wanted(), target.present()
    steps = list(steps_between(wanted, present))
    content, rows, moved = sum_of(present), sum(step.new.rows for step in steps), 0
    target.begin(content, changing=bool(steps))
    for step in steps:
        told("moving rows", moved, rows)
        content += step.new - step.old
        target.take(step, content)
        moved += step.new.rows
    told("comparing hours", moved, rows)
    if steps and target.present() != wanted:
        raise MigrationError("the target does not hold what it was given: name a new ledger in --to")
    return moved


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except CommitFailed as error:
        raise MigrationError(f"{error}: mend that and run the same again, it goes on from here") from error
