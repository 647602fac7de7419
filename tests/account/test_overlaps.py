"""Reports at the same time: what chained pairs connect is what all overlapping pairs connect."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tokenlake_collector.account.groups import Groups
from tokenlake_collector.account.overlaps import chained, overlapping
from tokenlake_collector.account.reports import Report

BEGIN = datetime(2026, 7, 1)


def _report(number: int, start_s: float, seconds: float, signal: str) -> Report:
    start = BEGIN + timedelta(seconds=start_s)
    identity = UUID(int=number)
    row = {"id": identity, "signal": signal}
    return Report(identity, None, None, start, start + timedelta(seconds=seconds), "leaf", row)


@st.composite
def _reports(draw: st.DrawFn) -> list[Report]:
    # Whole and half seconds around the slack of 2 s: ends that touch, equal starts, no duration at all.
    halves = st.integers(0, 24).map(lambda number: number / 2)
    lengths = st.integers(0, 8).map(lambda number: number / 2)
    signals = st.sampled_from(["span", "log", "metric"])
    parts = draw(st.lists(st.tuples(halves, lengths, signals), max_size=12))
    return [_report(number, *part) for number, part in enumerate(parts)]


def _components(reports: list[Report], pairs: Iterable[tuple[Report, Report]]) -> set[frozenset[UUID]]:
    groups = Groups(reports)
    for first, second in pairs:
        groups.join(first, second)
    return {frozenset(report.id for report in group) for group in groups.all()}


@given(_reports())
def test_chained_pairs_connect_what_all_pairs_connect(reports: list[Report]) -> None:
    """Whatever the starts, durations and signals."""
    assert _components(reports, overlapping(reports)) == _components(reports, chained(reports))


@given(_reports())
def test_chained_pairs_overlap(reports: list[Report]) -> None:
    """None is made up."""
    every = {frozenset({one.id, other.id}) for one, other in overlapping(reports)}

    assert {frozenset({one.id, other.id}) for one, other in chained(reports)} <= every


def test_many_reports_at_the_same_time_need_few_pairs() -> None:
    """4,000 calls that all overlap are 8 million pairs; chained, each meets at most two."""
    reports = [_report(number, 0.001 * number, 60, "span") for number in range(4000)]

    assert 3999 <= sum(1 for _ in chained(reports)) <= 2 * 4000
