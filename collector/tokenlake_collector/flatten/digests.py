"""Ids of reports that have none of their own: digests of what they say, whatever the order they say it in."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from tokenlake_collector.flatten.facts import Facts


def digest(*parts: Any) -> bytes:
    """Return 16 bytes that are always the same for the same parts (numbers, text, bytes, lists of them)."""
    text = json.dumps(parts, default=_hex, ensure_ascii=True, separators=(",", ":"))
    return hashlib.md5(text.encode("ascii"), usedforsecurity=False).digest()


def canonical(facts: Facts) -> list[list[Any]]:
    """Return attributes as a list that does not depend on their order."""
    return [[name, *facts[name].sent] for name in sorted(facts)]


def _hex(content: bytes) -> str:
    return content.hex()
