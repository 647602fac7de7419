"""The alias table compiled for columnar look-up: attribute keys to slots.

A slot is what one attribute may fill: a column, or for token counts a column within a vocabulary. Every key
of a batch is mapped to its slots by one hash look-up, so the cost does not grow with the number of dialects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tokenlake_collector.dialects.columns import EXTRA, TOKEN_COLUMNS, Reading, reading
from tokenlake_collector.dialects.tables import Alias, Place, aliases, recognitions, role_rules

DIALECT = "dialect"
"""The slot that holds the strongest sign of a dialect."""

ROLE = "role:"
"""Prefix of the slots that hold an attribute which tells a record's role."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Slot names in order, and for every known attribute key the slots it fills with its rank in each.

    `readings` holds, per slot, the position of its reading in `Reading`.
    `slot` and `rank` have one row per layer: a key that fills two slots uses two layers; -1 is no slot.
    The lowest rank wins.
    """

    names: tuple[str, ...]
    readings: npt.NDArray[np.int64]
    keys: pa.StringArray
    slot: npt.NDArray[np.int64]
    rank: npt.NDArray[np.int64]

    def index(self, name: str) -> int:
        """Return the position of a slot."""
        return self.names.index(name)


def token_slot(vocabulary: str, column: str) -> str:
    """Name the slot of a token count within a vocabulary."""
    return f"{column}@{vocabulary}"


@cache
def vocabularies() -> tuple[str, ...]:
    """Return the vocabularies in the order of the alias table."""
    return tuple(dict.fromkeys(alias.vocabulary for alias in aliases() if alias.vocabulary))


@cache
def slots(place: Place) -> Slots:
    """Compile the tables for one place where attributes stand."""
    names = [_slot_name(alias) for alias in aliases() if alias.place is place and alias.column != EXTRA]
    entries = [
        (alias.attribute, _slot_name(alias))
        for alias in aliases()
        if alias.place is place and alias.column != EXTRA
    ]
    if place is Place.SPAN:
        names += [token_slot(vocabulary, column) for vocabulary in vocabularies() for column in TOKEN_COLUMNS]
        entries += [(rule.pattern, DIALECT) for rule in recognitions() if rule.by == "attribute"]
        entries += [(name, ROLE + name) for name in role_attributes()]
        names += [DIALECT, *(ROLE + name for name in role_attributes())]
    return _compile(tuple(dict.fromkeys(names)), entries)


@cache
def role_attributes() -> tuple[str, ...]:
    """Return the attributes that tell a role, the deciding one first."""
    return tuple(dict.fromkeys(rule.attribute for rule in role_rules()))


def _slot_name(alias: Alias) -> str:
    return token_slot(alias.vocabulary, alias.column) if alias.vocabulary else alias.column


def _slot_reading(name: str) -> Reading:
    return reading(name.partition("@")[0])


def _compile(names: Sequence[str], entries: Iterable[tuple[str, str]]) -> Slots:
    filled: dict[str, list[tuple[int, int]]] = {}
    for rank, (attribute, name) in enumerate(dict.fromkeys(entries)):
        filled.setdefault(attribute, []).append((names.index(name), rank))
    layers = max((len(found) for found in filled.values()), default=0)
    slot = np.full((layers, len(filled)), -1, dtype=np.int64)
    rank_of = np.zeros((layers, len(filled)), dtype=np.int64)
    for key, found in enumerate(filled.values()):
        for layer, (index, rank) in enumerate(found):
            slot[layer, key], rank_of[layer, key] = index, rank
    readings = np.array([list(Reading).index(_slot_reading(name)) for name in names], dtype=np.int64)
    return Slots(tuple(names), readings, pa.array(list(filled), pa.string()), slot, rank_of)
