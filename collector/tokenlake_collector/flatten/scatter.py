"""Put every known attribute into its slot: one pass for all columns and dialects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.decode.records import Attributes, Index
from tokenlake_collector.dialects.columns import Reading
from tokenlake_collector.dialects.slots import Slots
from tokenlake_collector.flatten.unfolding import unfold
from tokenlake_collector.flatten.values import Mask, Values

_NO_KEY = pa.scalar(-1, pa.int32())


@dataclass(frozen=True, slots=True)
class Scattered:
    """For every owner and slot the pair (of key and value) that won, -1 where none is there.

    `winner` has a row per slot that occurs in the batch, `position` the row of each slot, -1 for none: most
    dialects are absent from most batches. `keys` says which known attribute a pair is, `sent` which one each
    sent attribute is, -1 for an unknown one. `counts` and `amounts` hold each pair's number where some slot
    wants one. The last element of `keys`, `counts` and `amounts` is for the pair -1.
    """

    slots: Slots
    attributes: Attributes
    values: Values
    keys: Index
    sent: npt.NDArray[np.int16]
    position: Index
    winner: Index
    counts: npt.NDArray[np.int64]
    amounts: npt.NDArray[np.float64]

    def has(self, name: str) -> bool:
        """Tell whether any owner fills a slot."""
        return bool(self.position[self.slots.index(name)] >= 0)

    def rows(self, name: str) -> Index:
        """Return the winning pair in a slot, per owner."""
        column: Index = self.winner[self.position[self.slots.index(name)]]
        return column

    def distinct(self, name: str, owners: Index) -> tuple[Index, Index]:
        """Return the different pairs in a slot, -1 for none, and per owner the position of its pair."""
        rows = self.rows(name)[owners]
        occurs = np.zeros(len(self.keys), dtype=np.bool_)
        occurs[rows] = True
        pairs = np.flatnonzero(occurs)
        position = np.zeros(len(self.keys), dtype=np.int64)
        position[pairs] = np.arange(len(pairs))
        return np.where(pairs == len(occurs) - 1, -1, pairs), position[rows]

    def text(self, name: str, owners: Index) -> pa.StringArray:
        """Return a slot's text for some owners."""
        if not self.has(name):
            return pa.nulls(len(owners), pa.string())
        return self.values.text(self.rows(name)[owners])


def scatter(attributes: Attributes, slots: Slots) -> Scattered:
    """Choose, per owner and slot, the readable attribute with the best rank."""
    keys = _keys(attributes, slots)
    folded = np.flatnonzero(slots.folded[keys] & (keys >= 0))
    if len(folded):
        attributes = unfold(attributes, folded)
        keys = _keys(attributes, slots)
    values = Values(attributes.values)
    counts, amounts = np.zeros(len(keys) + 1, dtype=np.int64), np.zeros(len(keys) + 1, dtype=np.float64)
    readable = _read(keys, slots, values, counts, amounts)
    sent = keys.astype(np.int16)[attributes.pair]
    position, winner = _winners(attributes, slots, keys, sent, readable)
    return Scattered(slots, attributes, values, np.append(keys, -1), sent, position, winner, counts, amounts)


def _keys(attributes: Attributes, slots: Slots) -> Index:
    found = pc.index_in(attributes.keys, value_set=slots.keys).fill_null(_NO_KEY)
    keys: Index = found.to_numpy().astype(np.int64)
    return keys


def _read(
    keys: Index,
    slots: Slots,
    values: Values,
    counts: npt.NDArray[np.int64],
    amounts: npt.NDArray[np.float64],
) -> dict[Reading, Mask | None]:
    """Read every number that some slot wants; tell per reading which pairs are readable, None for all."""
    readable: dict[Reading, Mask | None] = {}
    for kind in Reading:
        rows = np.flatnonzero(slots.wanted[kind][keys])
        found = _reads(kind, rows, values, counts, amounts)
        if found.all():
            readable[kind] = None
        else:
            readable[kind] = mask = np.zeros(len(keys), dtype=np.bool_)
            mask[rows] = found
    return readable


def _reads(
    kind: Reading,
    rows: Index,
    values: Values,
    counts: npt.NDArray[np.int64],
    amounts: npt.NDArray[np.float64],
) -> Mask:
    if kind is Reading.TEXT or len(rows) == 0:
        return values.has_text(rows)
    if kind is Reading.COUNT:
        counts[rows], readable = values.counts(rows)
    else:
        amounts[rows], readable = values.amounts(rows)
    return readable


def _winners(
    attributes: Attributes,
    slots: Slots,
    keys: Index,
    sent: npt.NDArray[np.int16],
    readable: Mapping[Reading, Mask | None],
) -> tuple[Index, Index]:
    """Return the row of each slot, and the winners: of two for one slot the better one is written later.

    The last row stands for all slots that nothing fills, and is left empty. A batch has some tens of keys: to
    look for each one's attributes takes a third of the time that sorting all attributes does.
    """
    fillings = _fillings(keys, slots)
    position = np.full(len(slots.names), -1, dtype=np.int64)
    winner = np.full((len({slot for _, slot in fillings}) + 1, attributes.owners), -1, dtype=np.int64)
    places = {key: np.flatnonzero(sent == key) for key, _ in fillings}
    rows = count()
    for key, slot in fillings:
        pairs, owners = attributes.pair[places[key]], attributes.owner[places[key]]
        mask = readable[slots.readings[slot]]
        if mask is not None:
            fits = mask[pairs]
            pairs, owners = pairs[fits], owners[fits]
        if len(pairs):
            if position[slot] < 0:
                position[slot] = next(rows)
            winner[position[slot], owners] = pairs
    return position, winner


def _fillings(keys: Index, slots: Slots) -> list[tuple[int, int]]:
    """Return the slots that some key of the batch may fill, each behind its key, the worst rank first."""
    occurring = np.flatnonzero(np.bincount(keys + 1, minlength=len(slots.keys) + 1)[1:])
    layer, place = np.nonzero(slots.slot[:, occurring] >= 0)
    key = occurring[place]
    order = np.argsort(-slots.rank[layer, key], kind="stable")
    return list(zip(key[order].tolist(), slots.slot[layer, key][order].tolist(), strict=True))
