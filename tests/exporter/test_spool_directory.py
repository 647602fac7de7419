"""The files of a spool: bounded, in order, and never a reason to stop."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.deliveries import running_delivery
from harness.scripted_receiver import http_receiver
from tokenlake.delivery.entry import Entry, Sequence
from tokenlake.delivery.settings import SpoolSettings
from tokenlake.delivery.spool import Spool
from tokenlake.delivery.statistics import DeliveryCounters, Drop

BLOCK = 4096


@pytest.fixture
def counters() -> DeliveryCounters:
    return DeliveryCounters()


def spool_at(path: Path, counters: DeliveryCounters, max_bytes: int = 2**20) -> Spool:
    spool = Spool(SpoolSettings(path / "spool", max_bytes), counters)
    spool.prepare()
    return spool


def put(spool: Spool, number: int, content: bytes = b"content", spans: int = 1) -> Entry:
    entry = Sequence().entry(number, spans, content)
    assert spool.append(entry, content)
    return entry


def test_the_oldest_go_first_and_are_counted(tmp_path: Path, counters: DeliveryCounters) -> None:
    """Three files of one block fit; the fourth and fifth drop the first two, of 10 and 20 spans."""
    spool = spool_at(tmp_path, counters, 3 * BLOCK)
    for number in (1, 2, 3, 4, 5):
        put(spool, number, b"x" * 100, spans=10 * number)

    assert [3, 4, 5] == [entry.sequence for entry in spool.entries()]
    assert {Drop.SPOOL_FULL: 30} == counters.read().dropped
    assert 200 == counters.read().dropped_bytes


def test_what_others_write_counts_against_the_bound(tmp_path: Path, counters: DeliveryCounters) -> None:
    """A second process fills the directory; the first one drops before it exceeds the bound."""
    first, second = (spool_at(tmp_path, counters, 4 * BLOCK) for _ in range(2))
    put(first, 1)
    for number in (2, 3, 4):
        put(second, number)
    put(first, 5)

    assert [2, 3, 4, 5] == [entry.sequence for entry in first.entries()]


def test_a_batch_larger_than_the_spool_is_not_taken(tmp_path: Path, counters: DeliveryCounters) -> None:
    """It would drop everything else and still not fit."""
    spool = spool_at(tmp_path, counters, BLOCK)

    assert not spool.append(Sequence().entry(1, 5, b"x" * 5000), b"x" * 5000)
    assert [] == spool.entries()


def test_only_its_user_can_read_it(tmp_path: Path, counters: DeliveryCounters) -> None:
    """The directory has mode 0700: attributes may name users and sessions."""
    spool_at(tmp_path, counters)

    assert 0o700 == stat.S_IMODE((tmp_path / "spool").stat().st_mode)


def test_entries_are_in_order_whoever_wrote_them(tmp_path: Path, counters: DeliveryCounters) -> None:
    """Two processes take turns; what is no entry is not looked at."""
    one, other = (spool_at(tmp_path, counters) for _ in range(2))
    for spool, number in ((one, 3), (other, 1), (one, 2)):
        put(spool, number)
    (tmp_path / "spool" / "notes.otlp").write_text("mine")
    (tmp_path / "spool" / ".half-written.tmp").write_bytes(b"half")

    assert [1, 2, 3] == [entry.sequence for entry in one.entries()]


def test_one_of_two_processes_drains(tmp_path: Path, counters: DeliveryCounters) -> None:
    """Who comes second is told so, and gets its turn afterwards."""
    one, other = (spool_at(tmp_path, counters) for _ in range(2))
    with one.draining() as first, other.draining() as second:
        during = (first, second)
    with other.draining() as afterwards:
        assert ((True, False), True) == (during, afterwards)


def test_numbers_rise_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two batches made at an earlier time than the one before still come after it."""
    times = iter([1_000, 500, 500])
    monkeypatch.setattr("tokenlake.delivery.entry.time.time_ns", lambda: next(times))
    numbers = Sequence()

    assert [1_000, 1_001, 1_002] == [numbers.next() for _ in range(3)]


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-3], lambda content: b"\x00" + content[1:]], ids=["torn", "changed"]
)
def test_a_damaged_file_is_set_aside(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """The two others arrive; the damaged one is counted, and kept for whoever wants to look."""
    with running_delivery(tmp_path) as delivery:
        delivery.end_alone("one", "two", "three")
    second = sorted(tmp_path.glob("*.otlp"))[1]
    second.write_bytes(damage(second.read_bytes()))

    with http_receiver() as receiver, running_delivery(tmp_path, receiver.target) as delivery:
        delivery.processor.force_flush(10_000)

        assert [["one"], ["three"]] == receiver.taken
        assert {Drop.DAMAGED: 1} == delivery.dropped
    assert [second.name + ".damaged"] == [path.name for path in tmp_path.glob("*.damaged")]


def test_a_whole_file_that_is_no_otlp_is_set_aside(tmp_path: Path) -> None:
    """Its checksum is right; it cannot be sent all the same."""
    content = b"\xff\xff\xff"
    (tmp_path / Sequence().entry(1, 7, content).name).write_bytes(content)

    with http_receiver() as receiver, running_delivery(tmp_path, receiver.target) as delivery:
        delivery.end("good")
        delivery.processor.force_flush(10_000)

        assert [["good"]] == receiver.taken
        assert {Drop.DAMAGED: 7} == delivery.dropped
