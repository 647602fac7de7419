"""The tokens of the last minutes, one figure a minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tokenlake_collector.cli.dimensions import Filters
from tokenlake_queries import Source, get_token_total

_MINUTE = timedelta(minutes=1)
_LATE = 2
"""Minutes that are asked again each time, the current one included: exporters hold spans back for seconds."""


class Minutes:
    """Remembers the figures of minutes that are over, so that each is asked for once, not at every frame."""

    def __init__(self, count: int, measure: str) -> None:
        """Take the number of minutes, the current one included, and the figure to look at."""
        self._count = count
        self._measure = measure
        self._known: dict[datetime, float] = {}

    def first(self, now: datetime) -> datetime:
        """Return where the first of the minutes begins."""
        return now.astimezone(UTC).replace(second=0, microsecond=0) - (self._count - 1) * _MINUTE

    def figures(self, now: datetime, source: Source, filters: Filters) -> list[float]:
        """Return the figure of every minute, the oldest first."""
        starts = [self.first(now) + number * _MINUTE for number in range(self._count)]
        known = {start: self._known[start] for start in starts[:-_LATE] if start in self._known}
        for start in starts:
            if start not in known:
                row = get_token_total(start, start + _MINUTE, filters=filters, source=source)
                known[start] = row[self._measure]
        self._known = known
        return [known[start] for start in starts]
