"""Pairs of reports that overlap in time, found without comparing everything with everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from tokenlake_collector.account.reports import Report

SLACK = timedelta(seconds=2)
"""How far a log's time may be from its span's: an event is stamped when it is made, not when its call ran."""


def overlapping(reports: Iterable[Report]) -> Iterator[tuple[Report, Report]]:
    """Yield the pairs that overlap in time; two signals may be `SLACK` apart, what only touches does not.

    Sorted by start, a report meets only those that begin before it ends: ten thousand calls in a row that
    share an id, or failed one after the other, cost ten thousand steps and not fifty million.
    """
    ordered = sorted(reports, key=lambda report: (report.start, report.end, str(report.id)))
    for index, first in enumerate(ordered):
        for second in ordered[index + 1 :]:
            if second.start > first.end + SLACK:
                break
            overlap = second.start < first.end or second.start == first.start
            if overlap or first.row["signal"] != second.row["signal"]:
                yield first, second
