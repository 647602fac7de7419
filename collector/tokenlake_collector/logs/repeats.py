"""A log handler that writes the first of many like warnings, and says how many followed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO, TypeAlias

from tokenlake_collector.logs.lines import FIELDS, REPEATED

WINDOW_S = 60.0
"""Seconds after a line in which those like it are counted only."""

MOST_KINDS = 500
"""Kinds of lines that are told apart at a time; beyond that, all of one logger and level are alike."""

_Kind: TypeAlias = tuple[str, int, str]


@dataclass(slots=True)
class _Since:
    """What came of one kind since a line of it was written: how many, and the last of them."""

    written: float
    left_out: int = 0
    last: logging.LogRecord | None = None


class RepeatsHandler(logging.StreamHandler[TextIO]):
    """Writes to a stream; warnings and worse of one logger, level and template once in `window_s` seconds.

    A line may carry `repeated`: so many like it were left out before it. What is left out is told of with the
    next line like it, when the window ends, or when the handler is closed, so that lines and `repeated` add
    up to what happened.
    """

    def __init__(
        self, stream: TextIO, window_s: float = WINDOW_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(stream)
        self._window_s = window_s
        self._clock = clock
        self._kinds: dict[_Kind, _Since] = {}
        self._timer: threading.Timer | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record or count it; called with the handler's lock held."""
        if record.levelno < logging.WARNING:
            super().emit(record)
            return
        now = self._clock()
        kind = self._kind(record)
        since = self._kinds.get(kind)
        if since is not None and now - since.written < self._window_s:
            since.left_out += 1
            since.last = _without_exception(record)
            self._tell_later(since)
            return
        self._kinds[kind] = _Since(now)
        self._write(record, since.left_out if since else 0)

    def tell_repeats(self, *, at_once: bool = False) -> None:
        """Write the last of what was left out, of the kinds whose window is over or, `at_once`, of all."""
        self.acquire()
        try:
            self._timer = None
            now = self._clock()
            for kind, since in list(self._kinds.items()):
                if not at_once and now - since.written < self._window_s:
                    self._tell_later(since)
                    continue
                del self._kinds[kind]
                if since.last is not None:
                    self._kinds[kind] = _Since(now)
                    self._write(since.last, since.left_out - 1)
        finally:
            self.release()

    def close(self) -> None:
        """Tell what was left out, and end."""
        if self._timer is not None:
            self._timer.cancel()
        self.tell_repeats(at_once=True)
        super().close()

    def _kind(self, record: logging.LogRecord) -> _Kind:
        kind = record.name, record.levelno, str(record.msg)
        if kind not in self._kinds and len(self._kinds) >= MOST_KINDS:
            self._forget()
        full = kind not in self._kinds and len(self._kinds) >= MOST_KINDS
        return (record.name, record.levelno, "") if full else kind

    def _forget(self) -> None:
        """Forget the kinds that nothing was left out of, and whose window is over."""
        before = self._clock() - self._window_s
        self._kinds = {kind: s for kind, s in self._kinds.items() if s.left_out or s.written > before}

    def _write(self, record: logging.LogRecord, left_out: int) -> None:
        if left_out:
            fields = getattr(record, FIELDS, {})
            setattr(record, FIELDS, {**fields, REPEATED: left_out})
        super().emit(record)

    def _tell_later(self, since: _Since) -> None:
        """Wake up when the window of a kind ends, unless a wake-up is due already; it looks at all kinds."""
        if self._timer is None and since.left_out:
            rest = max(0.0, since.written + self._window_s - self._clock())
            self._timer = threading.Timer(rest, self.tell_repeats)
            self._timer.daemon = True
            self._timer.start()


def _without_exception(record: logging.LogRecord) -> logging.LogRecord:
    """Return a copy that holds on to nothing: the frames of an exception may have whole requests."""
    plain = {"msg": record.getMessage(), "args": None, "exc_info": None}
    return logging.makeLogRecord(record.__dict__ | plain)
