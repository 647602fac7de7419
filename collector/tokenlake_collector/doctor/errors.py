"""What a check raises."""

from __future__ import annotations


class Ailment(Exception):
    """Something is wrong: what was found, and how to mend it."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(f"{found}: {remedy}")
        self.found = found
        self.remedy = remedy
