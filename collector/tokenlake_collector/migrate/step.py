"""What one transaction moves: hours that follow one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tokenlake_collector.migrate.fingerprint import Fingerprint, Hours

STEP_ROWS = 200_000
"""Rows from which on a transaction ends with the hour: a second or two, and a file of 10 MB in a lake."""

_NOTHING = Fingerprint()


@dataclass(frozen=True, slots=True)
class Step:
    """Hours that begin from `first` to `last` (naive UTC, inclusive); `new` comes in the place of `old`."""

    first: datetime
    last: datetime
    new: Fingerprint
    old: Fingerprint

    @property
    def is_full(self) -> bool:
        """Whether one transaction should not move more."""
        return self.new.rows + self.old.rows >= STEP_ROWS


def steps_between(wanted: Hours, present: Hours) -> Iterator[Step]:
    """Yield what makes the hours that are present those that are wanted, the oldest first.

    No step holds an hour that is equal in both.
    """
    step: Step | None = None
    for hour in sorted(wanted.keys() | present.keys()):
        new, old = wanted.get(hour, _NOTHING), present.get(hour, _NOTHING)
        if step is not None and (new == old or step.is_full):
            yield step
            step = None
        if new != old:
            step = (
                Step(step.first, hour, step.new + new, step.old + old) if step else Step(hour, hour, new, old)
            )
    if step is not None:
        yield step
