"""Compare the versions that scopes report: Python's and npm's spellings alike."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

Version: TypeAlias = tuple[tuple[int, ...], int, int]
"""The release without trailing zeros, the phase before or after it, and the number within the phase."""

# Python refuses to read a number of more than 4,300 digits; nobody's version has ten.
_VERSION = re.compile(
    r"v?(?P<release>\d{1,9}(?:\.\d{1,9})*)(?!\d)(?:[-._]?(?P<phase>[a-z]+)[-._]?(?P<number>\d{0,9})(?!\d))?",
    re.IGNORECASE | re.ASCII,
)
_FINAL = 0
_PHASES = {"dev": -4, "canary": -4, "a": -3, "alpha": -3, "b": -2, "beta": -2, "post": 1, "r": 1, "rev": 1}
_CANDIDATE = -1


@lru_cache(4096)
def parse(text: str) -> Version | None:
    """Return a version that can be compared, None where none can be read."""
    found = _VERSION.match(text.strip())
    if found is None:
        return None
    release = tuple(int(part) for part in found["release"].split("."))
    while release and release[-1] == 0:
        release = release[:-1]
    phase = (found["phase"] or "").lower()
    return release, _PHASES.get(phase, _CANDIDATE) if phase else _FINAL, int(found["number"] or 0)


def reaches(version: str, bound: str) -> bool | None:
    """Tell whether a version is at least `bound`, or above it where that begins with `>`; None: unknown."""
    read, limit = parse(version), parse(bound.removeprefix(">"))
    if read is None or limit is None:
        return None
    return read > limit if bound.startswith(">") else read >= limit
