"""What one model costs over time: when its rates change, and the rates in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

import numpy as np

from tokenlake_collector.prices.counts import Amounts, Index
from tokenlake_collector.prices.rates import Rates

DAY = 86_400_000_000
"""In microseconds."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """The moments at which rates may change, in microseconds: `dates` UTC, `daytimes` since midnight UTC."""

    dates: Amounts
    daytimes: Amounts

    @classmethod
    def at(cls, dates: Iterable[int] = (), daytimes: Iterable[int] = ()) -> Self:
        """Collect moments in any order."""
        return cls(np.array(sorted(set(dates)), np.int64), np.array(sorted(set(daytimes)), np.int64))

    def and_changes(self, other: Changes) -> Changes:
        """Return the changes of both."""
        dates = [*self.dates.tolist(), *other.dates.tolist()]
        return Changes.at(dates, [*self.daytimes.tolist(), *other.daytimes.tolist()])

    def brackets(self, timestamps: Amounts) -> Index:
        """Number the times between changes: within one number all rates are the same."""
        dates = np.searchsorted(self.dates, timestamps, "right")
        daytimes = np.searchsorted(self.daytimes, timestamps % DAY, "right")
        return np.asarray(dates * (len(self.daytimes) + 1) + daytimes, np.int64)


@dataclass(slots=True)
class Tariff:
    """The rates of one model, looked up once for each time between two changes."""

    changes: Changes
    look_up: Callable[[datetime], Rates | None]
    _known: dict[int, Rates | None] = field(default_factory=dict)

    def split(self, timestamps: Amounts) -> Iterator[tuple[Rates, Index]]:
        """Return the rates that apply to calls at these times (microseconds, UTC), each with its calls."""
        brackets = self.changes.brackets(timestamps)
        for bracket in set(brackets.tolist()):
            calls = np.flatnonzero(brackets == bracket)
            rates = self._rates(bracket, int(timestamps[calls[0]]))
            if rates is not None:
                yield rates, calls

    def _rates(self, bracket: int, timestamp: int) -> Rates | None:
        if bracket not in self._known:
            self._known[bracket] = self.look_up(to_moment(timestamp))
        return self._known[bracket]


def to_moment(timestamp: int) -> datetime:
    """Return microseconds as UTC, drawn into the years 1 to 9999."""
    return _EPOCH + timedelta(microseconds=min(max(timestamp, _FIRST), _LAST))


def to_timestamp(moment: datetime) -> int:
    """Return a moment in microseconds; without a zone it is UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)
