"""The capacity model does the arithmetic that its assumptions say; all numbers here are by hand."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest

from harness.repository import ROOT

TIMES = {
    "prepare_us": 10.0,
    "commit_ms": 20.0,
    "commit_us": 2.0,
    "news_ms": 5.0,
    "news_us": 1.0,
    "merge_us": 1.0,
    "merge_again_us": 0.5,
    "seal_us": 0.5,
    "catalogue_ms": 7.0,
    "row_bytes": 50.0,
    "files": 2.0,
    "catalogue_rows": 45.0,
    "question_ms": 2.0,
}


@pytest.fixture(scope="module")
def capacity() -> Iterator[ModuleType]:
    """The script, whose folder is no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "bench"))
        import capacity  # noqa: PLC0415  # its folder is on the path only now

        yield capacity


def test_one_collector_has_no_news(capacity: ModuleType) -> None:
    """50,000 a second: 6.25 turns of 20 ms and 0.2 s for rows, of 0.7 s; 90 s for an hour's files."""
    plan = capacity.planned(50_000, capacity.ServiceTimes(**TIMES))

    assert 1 == plan.collectors
    assert {
        "the lock": pytest.approx((0.125 + 0.2) / 0.7),
        "merging an hour": pytest.approx(1.5),
        "PostgreSQL": pytest.approx(0.0625),
        "waiting for a turn": pytest.approx(0.036 / 5),
    } == plan.limits
    assert ("merging an hour", False) == (plan.fullest, plan.holds)


def test_each_collector_reads_the_rows_of_all_others(capacity: ModuleType) -> None:
    """200,000 a second need three: a turn has 5 ms more, and a row 2 µs for the two others."""
    plan = capacity.planned(200_000, capacity.ServiceTimes(**TIMES))

    assert 3 == plan.collectors
    assert pytest.approx((25 * 0.025 + 200_000 * (4 + 2) / 1e6) / 0.7) == plan.limits["the lock"]
    assert pytest.approx(3 * (0.025 + 8_000 * 4 / 1e6) / 5) == plan.limits["waiting for a turn"]


def test_turns_are_as_many_as_time_allows(capacity: ModuleType) -> None:
    """At 50,000 a second one turn every 45 ms; at 150,000 the lock is over its share, and groups are full."""
    times = capacity.ServiceTimes(**TIMES)

    assert pytest.approx(1 / 0.045) == capacity.planned(50_000, times).turns
    assert pytest.approx(150_000 / 8_000) == capacity.planned(150_000, times).turns


def test_a_load_is_spread_until_nothing_breaks(capacity: ModuleType) -> None:
    """An hour of 33,333 a second is merged in a minute: 50,000 need two lakes, 100,001 four."""
    times = capacity.ServiceTimes(**TIMES)

    assert [1, 2, 4] == [capacity.fewest_lakes(load, times) for load in (33_000, 50_000, 100_001)]


def test_a_day_is_its_turns_and_its_rows(capacity: ModuleType) -> None:
    """1.92 million turns leave two files and 45 rows each; 4.32 billion rows have 50 bytes."""
    times = capacity.ServiceTimes(**TIMES)
    left = capacity.day(50_000, capacity.planned(50_000, times), times)

    assert pytest.approx(3_840_000) == left.files
    assert pytest.approx(216e9) == left.bytes
    assert pytest.approx(86_400_000) == left.catalogue_rows


def test_what_is_kept_is_bytes_files_and_time(capacity: ModuleType) -> None:
    """A hundred billion rows of 50 bytes are 5 TB in 19,532 files of 256 MB, and 200 s by sums."""
    line = capacity.kept_line(1e11, capacity.ServiceTimes(**TIMES))

    assert ["100,000,000,000", "5.00", "19,532", f"{19_532 * 43:,}", "200.0"] == line.split()
