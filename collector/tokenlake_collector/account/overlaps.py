"""Reports that overlap in time, found without comparing everything with everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TypeAlias

from tokenlake_collector.account.reports import Report

SLACK = timedelta(seconds=2)
"""How far a log's time may be from its span's: an event is stamped when it is made, not when its call ran."""

Pairs: TypeAlias = Iterator[tuple[Report, Report]]


def overlapping(reports: Iterable[Report]) -> Pairs:
    """Yield the pairs that overlap in time; two signals may be `SLACK` apart, what only touches does not.

    Sorted by start, a report meets only those that begin before it ends: ten thousand calls in a row that
    failed one after the other cost ten thousand steps and not fifty million.
    """
    ordered = sorted(reports, key=_order)
    for index, first in enumerate(ordered):
        for second in ordered[index + 1 :]:
            if second.start > first.end + SLACK:
                break
            if _overlap(first, second):
                yield first, second


def chained(reports: Iterable[Report]) -> Pairs:
    """Yield enough of the overlapping pairs to connect whatever all of them would connect.

    Thousands of calls at the same time that share an id would have millions of pairs. Of the earlier reports
    that one meets, the one that ends last stands for all from then on: what meets any of them later meets
    that one. What is over by then meets nothing any more. So each report is looked at about once.
    """
    running: dict[str, list[Report]] = {}
    recent: dict[str, list[Report]] = {}
    for report in sorted(reports, key=_order):
        own = report.row["signal"]
        for signal in list(recent):
            kept = running if signal == own else recent
            met = [other for other in kept.get(signal, ()) if _overlap(other, report)]
            yield from ((other, report) for other in met)
            kept[signal] = [max(met, key=lambda other: other.end)] if met else []
        running.setdefault(own, []).append(report)
        recent.setdefault(own, []).append(report)


def _overlap(first: Report, second: Report) -> bool:
    """Tell whether two reports overlap; `first` begins first."""
    if first.row["signal"] != second.row["signal"]:
        return bool(second.start <= first.end + SLACK)
    return bool(second.start < first.end or second.start == first.start)


def _order(report: Report) -> tuple[object, ...]:
    return report.start, report.end, str(report.id)
