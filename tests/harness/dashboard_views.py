"""Addresses of the dashboard that hold every recording of the captures."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

ZONE = "Europe/Berlin"
FIRST, LAST, AFTER = "2026-11-20", "2026-11-26", "2026-11-27"
"""The recordings are of one morning, 24 November 2026; the end of a custom range is included."""

RANGE: dict[str, Any] = {"start": FIRST, "end": AFTER, "timezone": ZONE}
"""The same range as the HTTP interface is asked for it."""


def view(**parameters: str) -> str:
    """Return the query of a view of the recordings."""
    shown = {"range": "custom", "from": FIRST, "to": LAST, "tz": ZONE} | parameters
    return f"/?{urlencode(shown)}"
