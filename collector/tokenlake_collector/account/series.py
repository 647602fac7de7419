"""Cumulative metric points as what was added since the point before (C6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from tokenlake_collector.account.reports import TOKENS, Row

CUMULATIVE = "cumulative"

_VALUES = (*TOKENS, "reported_cost")


def increments(points: Iterable[Row]) -> Iterator[tuple[Row, dict[str, Any]]]:
    """Yield every point with the values that it really adds, and the time since the point before.

    Points of one series and start time are one run: each adds what exceeds the largest value before it, so
    that the run contributes its maximum whatever the order of arrival. Points that do not know their start
    (no duration) are one run of their series, and a value that falls tells a restart. Delta points add what
    they say.
    """
    runs: dict[tuple[Any, Any], list[Row]] = {}
    for point in points:
        if point["input_rule"] == CUMULATIVE:
            start = None if point["duration_ms"] is None else point["timestamp"]
            runs.setdefault((point["series"], start), []).append(point)
        else:
            yield point, {}
    for (_, start), run in runs.items():
        yield from _of_run(sorted(run, key=lambda point: (_end(point), str(point["id"]))), start is not None)


def _of_run(run: list[Row], knows_start: bool) -> Iterator[tuple[Row, dict[str, Any]]]:
    before = dict.fromkeys(_VALUES, 0)
    since = run[0]["timestamp"]
    for point in run:
        end = _end(point)
        values = {name: point[name] for name in _VALUES if point[name] is not None}
        added = {name: _added(value, before[name], knows_start) for name, value in values.items()}
        before |= {n: max(before[n], v) if knows_start else v for n, v in values.items()}
        elapsed = (end - since) / timedelta(milliseconds=1)
        yield point, added | {"context_tokens": 0, "timestamp": since, "duration_ms": elapsed}
        since = end


def _added(value: Any, before: Any, knows_start: bool) -> Any:
    if value < before and not knows_start:
        return value
    return max(0, value - before)


def _end(point: Row) -> Any:
    return point["timestamp"] + timedelta(milliseconds=point["duration_ms"] or 0)
