"""What is paid for, and what is a part of what."""

from __future__ import annotations

from enum import StrEnum


class Unit(StrEnum):
    """Something with a price of its own. A part without one is paid at the price of its whole."""

    INPUT = "input"
    CACHE_READ = "cache_read"
    CACHE_WRITE = "cache_write"
    CACHE_WRITE_1H = "cache_write_1h"
    OUTPUT = "output"
    REASONING = "reasoning"
    REQUEST = "request"


WHOLES = {
    Unit.CACHE_READ: Unit.INPUT,
    Unit.CACHE_WRITE: Unit.INPUT,
    Unit.CACHE_WRITE_1H: Unit.CACHE_WRITE,
    Unit.REASONING: Unit.OUTPUT,
}
"""Part to whole: counts are inclusive, so what is charged for a whole is its count less its priced parts."""

PER = dict.fromkeys(Unit, 1_000_000) | {Unit.REQUEST: 1_000}
"""Prices are USD per this many units."""

COLUMN = {unit: number for number, unit in enumerate(Unit)}
"""Where a unit stands in a matrix of counts or weights."""
