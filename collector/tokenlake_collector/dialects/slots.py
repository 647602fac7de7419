"""The alias table compiled for columnar look-up: attribute keys to slots.

A slot is what one attribute may fill: a column, or for token counts a column within a vocabulary. Every key
of a batch is mapped to its slots by one hash look-up, so the cost does not grow with the number of dialects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tokenlake_collector.dialects.columns import EXTRA, VOCABULARY_COLUMNS, Reading, reading
from tokenlake_collector.dialects.tables import SPAN_NAME, Alias, Place, aliases, recognitions, role_rules

DIALECT = "dialect"
"""The slot that holds the strongest sign of a dialect."""

ROLE = "role:"
"""Prefix of the slots that hold an attribute which tells a record's role."""

INSIDE = "#"
"""Between the name of an attribute that holds JSON and the path of a value inside it."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Slot names in order, and for every known attribute key the slots it fills with its rank in each.

    `readings` holds the reading of each slot; `wanted` tells for each key whether some slot reads it so; its
    last element, for no key, is False.
    `attributes` are the keys, and `keys` too, as Arrow has them.
    `slot` and `rank` have one row per layer: a key that fills two slots uses two layers; -1 is no slot.
    The lowest rank wins. `folded` marks the keys whose JSON is to be looked into, `extra` those that are kept
    as they are.
    """

    names: tuple[str, ...]
    readings: tuple[Reading, ...]
    wanted: Mapping[Reading, npt.NDArray[np.bool_]]
    attributes: tuple[str, ...]
    keys: pa.StringArray
    slot: npt.NDArray[np.int64]
    rank: npt.NDArray[np.int64]
    folded: npt.NDArray[np.bool_]
    extra: npt.NDArray[np.bool_]
    positions: Mapping[str, int]

    def index(self, name: str) -> int:
        """Return the position of a slot."""
        return self.positions[name]


def token_slot(vocabulary: str, column: str) -> str:
    """Name the slot of a token count within a vocabulary."""
    return f"{column}@{vocabulary}"


@cache
def vocabularies() -> dict[str, tuple[str, ...]]:
    """Return the vocabularies in the order of the alias table, each with the dialects it is limited to."""
    return {alias.vocabulary: alias.dialects for alias in aliases() if alias.vocabulary}


def own_slot(column: str, dialect: str) -> str:
    """Name the slot of a column that some attribute fills for one dialect only."""
    return f"{column}@{dialect}"


@cache
def own_slots(column: str) -> dict[str, str]:
    """Return the dialects that have attributes of their own for a column, each with its slot."""
    mine = (alias for alias in aliases() if alias.column == column and not alias.vocabulary)
    return {dialect: own_slot(column, dialect) for alias in mine for dialect in alias.dialects}


@cache
def slots(place: Place) -> Slots:
    """Compile the tables for one place where attributes stand."""
    here = [alias for alias in aliases() if alias.place is place and alias.column != EXTRA]
    entries = [(alias.attribute, name) for alias in here for name in _slot_names(alias)]
    names = [name for _, name in entries]
    if place is Place.SPAN:
        names += [
            token_slot(vocabulary, name) for vocabulary in vocabularies() for name in VOCABULARY_COLUMNS
        ]
        entries += [(rule.pattern, DIALECT) for rule in recognitions() if rule.by == "attribute"]
        entries += [(name, ROLE + name) for name in role_attributes() if name != SPAN_NAME]
        names += [DIALECT, *(ROLE + name for name in role_attributes() if name != SPAN_NAME)]
    extras = [alias.attribute for alias in aliases() if alias.place is place and alias.column == EXTRA]
    return _compile(tuple(dict.fromkeys(names)), entries, extras)


@cache
def role_attributes() -> tuple[str, ...]:
    """Return the attributes that tell a role, the deciding one first; the span's name is among them."""
    return tuple(dict.fromkeys(rule.attribute for rule in role_rules()))


def _slot_names(alias: Alias) -> list[str]:
    if alias.vocabulary:
        return [token_slot(alias.vocabulary, alias.column)]
    return [own_slot(alias.column, dialect) for dialect in alias.dialects] or [alias.column]


def _wanted(
    kind: Reading, readings: Sequence[Reading], filled: Iterable[Sequence[tuple[int, int]]]
) -> npt.NDArray[np.bool_]:
    wanted = [any(readings[slot] is kind for slot, _ in found) for found in filled]
    return np.array([*wanted, False], dtype=np.bool_)


def _compile(names: Sequence[str], entries: Sequence[tuple[str, str]], extras: Sequence[str]) -> Slots:
    folded = {attribute.partition(INSIDE)[0] for attribute, _ in entries if INSIDE in attribute}
    filled: dict[str, list[tuple[int, int]]] = {}
    for rank, (attribute, name) in enumerate(dict.fromkeys(entries)):
        filled.setdefault(attribute, []).append((names.index(name), rank))
    for attribute in (*sorted(folded), *extras):
        filled.setdefault(attribute, [])
    layers = max((len(found) for found in filled.values()), default=0)
    slot = np.full((layers, len(filled)), -1, dtype=np.int64)
    rank_of = np.zeros((layers, len(filled)), dtype=np.int64)
    for key, found in enumerate(filled.values()):
        for layer, (index, rank) in enumerate(found):
            slot[layer, key], rank_of[layer, key] = index, rank
    readings = tuple(reading(name.partition("@")[0]) for name in names)
    return Slots(
        names=tuple(names),
        readings=readings,
        wanted={kind: _wanted(kind, readings, filled.values()) for kind in Reading},
        attributes=tuple(filled),
        keys=pa.array(list(filled), pa.string()),
        slot=slot,
        rank=rank_of,
        folded=np.array([key in folded for key in filled], dtype=np.bool_),
        extra=np.array([key in extras for key in filled], dtype=np.bool_),
        positions={name: at for at, name in enumerate(names)},
    )
