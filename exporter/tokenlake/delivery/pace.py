"""When to try again."""

import time
from typing import Final

# Between attempts while the collector is away; each attempt already has the exporter's own retries in it.
_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 15.0
# How often to look whether another process has emptied the spool that we share.
_SHARED_PAUSE_S: Final = 1.0


class Pace:
    """How the last attempts went, and when the next one is due.

    Attributes:
        is_answered: whether the last attempt was answered; false before the first.
        failures: number of attempts so far that were not.
    """

    def __init__(self) -> None:
        self.is_answered = False
        self.failures = 0
        self._pause = _FIRST_PAUSE_S
        self._due = 0.0

    def note(self, *, answered: bool) -> None:
        """Take in how an attempt went: each failure in a row doubles the pause."""
        self.is_answered = answered
        if answered:
            self._pause = _FIRST_PAUSE_S
            return
        self.failures += 1
        self._due = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_S)

    def hurry(self) -> None:
        """Make the next attempt due now."""
        self._due = 0.0

    def wait_for_other(self) -> None:
        """Make it due when another process may have got on."""
        self._due = time.monotonic() + _SHARED_PAUSE_S

    def rest(self) -> float:
        """Return the seconds until the next attempt; none are left at 0 and below."""
        return self._due - time.monotonic()
