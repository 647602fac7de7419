"""Pictures of one line: a bar for a share, a sparkline for figures over time."""

from __future__ import annotations

from collections.abc import Sequence

_EIGHTHS = " ▏▎▍▌▋▊▉"
_LEVELS = "▁▂▃▄▅▆▇█"
_NOTHING = "·"


def bar(part: float, whole: float, width: int) -> str:
    """Return a bar that is `width` characters long for the whole, to an eighth of a character."""
    if whole <= 0 or part <= 0:
        return ""
    eighths = max(round(min(part / whole, 1) * width * 8), 1)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def sparkline(values: Sequence[float], width: int) -> str:
    """Return a character for each value, from nothing to the largest; neighbours are summed to fit."""
    fitted = _summed(values, width)
    largest = max(fitted, default=0)
    return "".join(_level(value, largest) for value in fitted)


def _level(value: float, largest: float) -> str:
    if value <= 0:
        return _NOTHING
    return _LEVELS[min(int(value / largest * len(_LEVELS)), len(_LEVELS) - 1)]


def _summed(values: Sequence[float], width: int) -> list[float]:
    """Return at most `width` sums of as many neighbours each (the last may have fewer)."""
    step = -(-len(values) // max(width, 1)) or 1
    return [sum(values[first : first + step]) for first in range(0, len(values), step)]
