"""Running totals read as what each call used (C4d)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tokenlake_collector.account.reports import TOKENS, Report
from tokenlake_collector.account.sources import accumulates
from tokenlake_collector.account.tree import Tree


def differences(tree: Tree) -> Iterator[tuple[Report, dict[str, int]]]:
    """Yield the reports that are running totals, each with the counts of its own call.

    Only emitters that are known to accumulate are looked at. The siblings of one loop are totals if output
    never falls and each input is at least the one before plus the input of that one's own call.
    """
    for loop in _loops(tree):
        if _accumulate(loop):
            for before, after in pairwise(loop):
                yield after, {name: max(0, after.row[name] - before.row[name]) for name in TOKENS}


def _loops(tree: Tree) -> list[list[Report]]:
    loops: dict[tuple[object, ...], list[Report]] = {}
    for report in tree.reports:
        if report.is_leaf and report.has_usage and accumulates(report.row):
            loops.setdefault((report.parent, report.row["scope"]), []).append(report)
    return [loop for loop in loops.values() if len(loop) > 1]


def _accumulate(loop: list[Report]) -> bool:
    earlier = 0
    for before, after in pairwise(loop):
        own = before.tokens[0] - earlier
        if after.tokens[1] < before.tokens[1] or after.tokens[0] < before.tokens[0] + own:
            return False
        earlier = before.tokens[0]
    return True
