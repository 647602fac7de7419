"""When a call started and ended, in the nanoseconds since 1970 that spans carry."""

from datetime import UTC, datetime, timedelta
from typing import Final

from tokenlake.notices import warn_once
from tokenlake.reporting.amounts import INT64_MAX, real

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NS_PER_MS: Final = 1_000_000


def span_times(start_time: object, duration_ms: object, now_ns: int) -> tuple[int, int]:
    """Return start and end of a call, in nanoseconds since 1970 UTC.

    A call without a start ended now; one without a duration lasted until now. A value that cannot be right
    is dropped with a warning.

    Args:
        start_time: a datetime with a time zone, or None.
        duration_ms: milliseconds, 0 or more, or None.
        now_ns: the time of the report.
    """
    if start_time is None and duration_ms is None:
        return now_ns, now_ns
    start_ns = _start_ns(start_time)
    duration_ns = _duration_ns(duration_ms)
    if start_ns is None:
        return max(0, now_ns - (duration_ns or 0)), now_ns
    if duration_ns is None:
        return start_ns, max(start_ns, now_ns)
    return start_ns, start_ns + duration_ns


def _start_ns(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, datetime) and value.utcoffset() is not None and value >= _EPOCH:
        # In whole microseconds: a float of seconds is too coarse for today's dates.
        nanoseconds = (value - _EPOCH) // timedelta(microseconds=1) * 1000
        if nanoseconds <= INT64_MAX // 2:
            return nanoseconds
    warn_once("start_time", "start_time=%r is dropped: give a datetime with a time zone, from 1970 on", value)
    return None


def _duration_ns(value: object) -> int | None:
    milliseconds = real("duration_ms", value, "milliseconds")
    if milliseconds is None:
        return None
    return min(round(milliseconds * _NS_PER_MS), INT64_MAX // 2)
