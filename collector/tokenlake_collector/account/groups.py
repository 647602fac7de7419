"""Disjoint groups of things that turn out to belong together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Groups(Generic[Thing]):
    """A partition that starts with everything alone (union by root, things told apart by identity)."""

    def __init__(self, things: Iterable[Thing]) -> None:
        self._things = list(things)
        self._above = {id(thing): id(thing) for thing in self._things}

    def join(self, first: Thing, second: Thing) -> None:
        """Put the groups of two things together."""
        self._above[self._root(id(first))] = self._root(id(second))

    def all(self) -> list[list[Thing]]:
        """Return the groups, each in the order in which its things were given."""
        found: dict[int, list[Thing]] = {}
        for thing in self._things:
            found.setdefault(self._root(id(thing)), []).append(thing)
        return list(found.values())

    def _root(self, key: int) -> int:
        while self._above[key] != key:
            self._above[key] = self._above[self._above[key]]
            key = self._above[key]
        return key
