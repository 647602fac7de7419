"""Like warnings are counted, not repeated; nothing that happened is left untold."""

from __future__ import annotations

import io
import json
import logging
import threading
import weakref
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenlake_collector.logs import repeats
from tokenlake_collector.logs.lines import JsonFormatter
from tokenlake_collector.logs.repeats import RepeatsHandler

WAIT_S = 20


def logger_to(handler: logging.Handler, name: str = "x") -> logging.Logger:
    """Return a logger that nobody else has and that writes to one handler alone."""
    logger = logging.Logger(name, logging.DEBUG)  # noqa: LOG001 - the registered ones are shared
    logger.addHandler(handler)
    return logger


class Log:
    """A logger of its own with a clock that is set by hand."""

    def __init__(self, window_s: float = 60.0) -> None:
        self.now = 1000.0
        self.stream = io.StringIO()
        self.handler = RepeatsHandler(self.stream, window_s, lambda: self.now)
        self.handler.setFormatter(JsonFormatter())
        self.logger = logger_to(self.handler)

    def told(self) -> list[tuple[str, int]]:
        """Return the lines so far: message, and how many like it were left out before it."""
        lines = [json.loads(line) for line in self.stream.getvalue().splitlines()]
        return [(line["message"], line.get("repeated", 0)) for line in lines]


@pytest.fixture
def log() -> Iterator[Log]:
    """A log that is closed at the end."""
    made = Log()
    yield made
    made.handler.close()


def test_the_first_is_written_and_the_next_after_a_minute_tells_of_the_others(log: Log) -> None:
    """Five within a minute, of which four are left out; the sixth comes a minute after the first."""
    for number in range(5):
        log.logger.warning("%d is odd", number)
        log.now += 10
    between = log.told()
    log.now = 1060.0
    log.logger.warning("%d is odd", 5)

    assert [("0 is odd", 0)] == between
    assert [("0 is odd", 0), ("5 is odd", 4)] == log.told()


def test_other_templates_levels_and_loggers_are_other_kinds(log: Log) -> None:
    """Each is written."""
    other = logger_to(log.handler, "y")
    log.logger.warning("a")
    log.logger.error("a")
    log.logger.warning("b")
    other.warning("a")

    assert [("a", 0), ("a", 0), ("b", 0), ("a", 0)] == log.told()


def test_events_that_are_no_warnings_are_all_written(log: Log) -> None:
    """Two starts are two lines."""
    log.logger.info("started")
    log.logger.info("started")

    assert [("started", 0), ("started", 0)] == log.told()


def test_closing_tells_what_was_left_out(log: Log) -> None:
    """Three left out: the last of them is written, two are counted; a second closing adds nothing."""
    for number in range(4):
        log.logger.warning("%d is odd", number)
    log.handler.close()
    log.handler.close()

    assert [("0 is odd", 0), ("3 is odd", 2)] == log.told()


def test_the_end_of_the_minute_tells_what_was_left_out(log: Log) -> None:
    """Also when nothing like it happens again; what has no repetition is not told of again."""
    log.logger.warning("alone")
    for number in range(3):
        log.logger.warning("%d is odd", number)
    log.now += 59.9
    log.handler.tell_repeats()
    early = log.told()
    log.now += 0.1
    log.handler.tell_repeats()

    assert [("alone", 0), ("0 is odd", 0)] == early
    assert [*early, ("2 is odd", 1)] == log.told()


def test_a_timer_ends_the_minute_by_itself() -> None:
    """With a window of 50 ms and the real clock."""
    written = threading.Semaphore(0)

    class Stream(io.StringIO):
        def write(self, text: str) -> int:
            written.release()
            return super().write(text)

    handler = RepeatsHandler(Stream(), window_s=0.05)
    handler.setFormatter(JsonFormatter())
    logger = logger_to(handler)
    logger.warning("odd")
    logger.warning("odd")

    assert written.acquire(timeout=WAIT_S)
    assert written.acquire(timeout=WAIT_S)
    handler.close()


def test_a_repetition_holds_on_to_nothing(log: Log) -> None:
    """The frames of an exception may have whole requests: they are not kept until the minute's end."""

    class Payload(bytearray):
        pass

    def fail() -> weakref.ref[Payload]:
        payload = Payload(5)
        try:
            payload.index(b"nothing of this")
        except ValueError:
            log.logger.exception("lost")
        return weakref.ref(payload)

    fail()
    assert fail()() is None


def test_many_kinds_are_told_apart_up_to_a_limit(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages that are all different are alike beyond it, until those before them are a minute old."""
    monkeypatch.setattr(repeats, "MOST_KINDS", 3)
    for number in range(6):
        log.logger.warning(f"{number}")
    flooded = log.told()
    log.now += 61
    log.logger.warning("6")

    assert [("0", 0), ("1", 0), ("2", 0), ("3", 0)] == flooded
    assert ("6", 0) == log.told()[-1]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0, 1, 30, 59, 60, 61, 200])), max_size=30))
def test_lines_and_repetitions_add_up(events: list[tuple[str, int]]) -> None:
    """Of each kind, lines and what they say was left out are what happened."""
    log = Log()
    for kind, later in events:
        log.logger.warning(kind)
        log.now += later
        if later == 61:
            log.handler.tell_repeats()
    log.handler.close()

    for kind in "abc":
        told = sum(1 + left_out for message, left_out in log.told() if message == kind)
        assert told == sum(happened == kind for happened, _ in events)
