"""Numbers, money and times as people read them; programs get the exact ones as JSON or CSV."""

from __future__ import annotations

from datetime import datetime
from typing import Any

NONE = "(none)"
"""The group of the rows without a value."""

_EXACT_BELOW = 1_000_000
_CENT, _LEAST_MONEY = 0.01, 0.0001
_SCALES = ((1_000_000, "M"), (1_000_000_000, "B"), (1_000_000_000_000, "T"))
_MONEY = frozenset({"reported_cost", "computed_cost", "estimated_cost"})


def number(value: int) -> str:
    """Return a count: exact below a million (`12,345`), else with three digits (`1.23M`, `45.6B`)."""
    if abs(value) < _EXACT_BELOW:
        return f"{value:,}"
    return _scaled(value)


def usd(value: float) -> str:
    """Return US dollars: cents, four places below one cent, from a million on three digits."""
    if value == 0:
        return "$0"
    if abs(value) < _LEAST_MONEY:
        return f"<${_LEAST_MONEY}"
    if abs(value) < _EXACT_BELOW:
        return f"${value:,.4f}" if abs(value) < _CENT else f"${value:,.2f}"
    return f"${_scaled(value)}"


def percent(part: float, whole: float) -> str:
    """Return a share; what there is of something is never shown as 0%, and less than all never as 100%."""
    if not whole:
        return "-"
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "<0.1%"
    return ">99.9%" if 99.9 < share < 100 else f"{share:.1f}%"


def cell(column: str, value: Any) -> str:
    """Return the value of a column."""
    if value is None:
        return NONE
    if column in _MONEY:
        return usd(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list):
        return ", ".join(value) or NONE
    return number(value) if isinstance(value, int) else str(value)


def _scaled(value: float) -> str:
    """Return three digits and a letter; what rounds up to a thousand of one letter is one of the next."""
    for scale, letter in _SCALES:
        scaled = value / scale
        if abs(scaled) < 999.5 or letter == _SCALES[-1][1]:
            break
    places = 2 if abs(scaled) < 9.995 else 1 if abs(scaled) < 99.95 else 0
    return f"{scaled:,.{places}f}{letter}"
