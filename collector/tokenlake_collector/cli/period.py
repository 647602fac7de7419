"""The range of a question: `--since`, or `--start`, and `--end`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_AGO = re.compile(rf"(?P<number>\d{{1,6}})(?P<unit>[{''.join(_UNITS)}])")
_REMEDY = "write 30m, 12h, 7d, 2w, or a date such as 2026-11-01"

Moment: TypeAlias = datetime | str | None


@dataclass(frozen=True, slots=True)
class Period:
    """What was asked for, checked once; a length back from now is counted anew at every question."""

    start: str | None = None
    end: str | None = None
    ago: timedelta | None = None

    @classmethod
    def read(cls, since: str | None, start: str | None, end: str | None) -> Period:
        """Read the options.

        Raises:
            ValueError: `--since` is no length and no date, lies before the year 1, or comes with `--start`.
        """
        if since is None:
            return cls(start, end)
        if start is not None:
            raise ValueError(f"--since {since} and --start {start}: choose one of them")
        length = _AGO.fullmatch(since)
        if length is None:
            return cls(_moment(since), end)
        ago = int(length["number"]) * _UNITS[length["unit"]]
        _check_reach(since, ago)
        return cls(None, end, ago)

    def bounds(self, now: datetime | None = None) -> dict[str, Moment]:
        """Return `start_time` (inclusive) and `end_time` (exclusive) as the statistics take them."""
        if self.ago is None:
            return {"start_time": self.start, "end_time": self.end}
        return {"start_time": (now or datetime.now(UTC)) - self.ago, "end_time": self.end}


def _moment(since: str) -> str:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            read(since)
        except ValueError:
            continue
        return since
    raise ValueError(f"--since {since!r}: {_REMEDY}")


def _check_reach(since: str, ago: timedelta) -> None:
    try:
        datetime.now(UTC) - ago
    except OverflowError as error:
        raise ValueError(f"--since {since!r} lies before the year 1: {_REMEDY}") from error
