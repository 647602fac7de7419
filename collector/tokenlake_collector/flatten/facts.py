"""The attributes of a few chosen records as Python values (rule C0); for signals outside the fast path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from tokenlake_collector.decode.records import Attributes, Index
from tokenlake_collector.dialects.events import sources
from tokenlake_collector.flatten.values import Values

_NO_TEXT = frozenset({"", "null", "undefined"})
"""What emitters in JavaScript write when there is nothing."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One attribute's value: as what it can be read, and as it was sent (its kind and its content)."""

    count: int | None
    amount: float | None
    text: str | None
    sent: tuple[str, Any]


Facts: TypeAlias = Mapping[str, Fact]


def read_facts(attributes: Attributes, owners: Index) -> list[Facts]:
    """Return the attributes of each owner by name; of a name that stands twice the first is taken."""
    rows = np.flatnonzero(np.isin(attributes.owner, owners))
    pairs = attributes.pair[rows]
    keys = attributes.keys.take(pairs).to_pylist()
    found: dict[int, dict[str, Fact]] = {owner: {} for owner in owners.tolist()}
    for owner, key, fact in zip(
        attributes.owner[rows].tolist(), keys, _facts(attributes, pairs), strict=True
    ):
        found[owner].setdefault(key, fact)
    return [found[owner] for owner in owners.tolist()]


def _facts(attributes: Attributes, pairs: Index) -> Iterable[Fact]:
    values = Values(attributes.values)
    counts, is_count = values.counts(pairs)
    amounts, is_amount = values.amounts(pairs)
    texts = values.text(pairs).to_pylist()
    sent = attributes.values.take(pairs).to_pylist()
    for place, text in enumerate(texts):
        yield Fact(
            count=int(counts[place]) if is_count[place] else None,
            amount=float(amounts[place]) if is_amount[place] else None,
            text=None if text in _NO_TEXT else text,
            sent=_sent(sent[place]),
        )


def _sent(value: dict[str, Any] | None) -> tuple[str, Any]:
    kinds = ((kind, content) for kind, content in (value or {}).items() if content is not None)
    return next(kinds, ("", None))


@dataclass(frozen=True, slots=True)
class Columns:
    """One record's attributes by column: the first readable one that its vocabulary and dialect name."""

    facts: Facts
    vocabulary: str
    dialect: str

    def count(self, column: str) -> int | None:
        """Return a count."""
        return next((fact.count for fact in self._facts(column) if fact.count is not None), None)

    def amount(self, column: str) -> float | None:
        """Return an amount of money or time."""
        return next((fact.amount for fact in self._facts(column) if fact.amount is not None), None)

    def text(self, column: str) -> str | None:
        """Return a text that says something."""
        return next((fact.text for fact in self._facts(column) if fact.text is not None), None)

    def _facts(self, column: str) -> Iterator[Fact]:
        names = sources(column, self.vocabulary, self.dialect)
        return (self.facts[name] for name in names if name in self.facts)
