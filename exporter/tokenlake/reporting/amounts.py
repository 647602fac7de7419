"""Token counts and money as a caller may hand them over: checked, never trusted, never raised about."""

import math
import operator
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tokenlake.notices import warn_once

INT32_MAX: Final = 2**31 - 1
# A larger integer cannot be encoded in OTLP, and one such value loses the whole batch it is in.
INT64_MAX: Final = 2**63 - 1


def whole(key: str, value: object, limit: int = INT64_MAX) -> int | None:
    """Return the value as a count of 0 or more, or None with a warning that names key and value.

    Args:
        key: the argument's name, for the warning.
        value: an integer of any type, or a float without a fraction; None means not given.
        limit: the largest count accepted, inclusive.
    """
    if value is None:
        return None
    # Nearly always so; the general way takes three times as long.
    number = value if type(value) is int else _integer(value)
    if number is not None and 0 <= number <= limit:
        return number
    warn_once(key, "%s=%r is dropped: give a whole number from 0 to %d", key, value, limit)
    return None


def real(key: str, value: object, unit: str) -> float | None:
    """Return the value as a finite number of 0 or more, or None with a warning that names key and value.

    Args:
        key: the argument's name, for the warning.
        value: an int, float, Decimal or Fraction; None means not given.
        unit: what the number counts, for the warning.
    """
    if value is None:
        return None
    number = _float(value)
    if number is not None and math.isfinite(number) and number >= 0:
        return number
    warn_once(key, "%s=%r is dropped: give %s as a finite number, 0 or more", key, value, unit)
    return None


def _integer(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    try:
        return operator.index(value)  # type: ignore[arg-type]  # the TypeError is the answer
    except TypeError:
        return None


def _float(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | Fraction):
        return None
    try:
        return float(value)
    except (OverflowError, ValueError):  # 10**400; Decimal("sNaN")
        return None
