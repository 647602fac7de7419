"""Put every known attribute into its slot: one pass for all columns and dialects."""

from __future__ import annotations

from dataclasses import dataclass

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
    dialects are absent from most batches. `keys` says which known attribute a pair is. `counts` and `amounts`
    hold each pair's number where some slot wants one. The last element of these three is for the pair -1.
    """

    slots: Slots
    attributes: Attributes
    values: Values
    keys: Index
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
    filled = _read(keys, slots, values, counts, amounts)
    place, slot = _candidates(attributes, keys, filled, slots)
    position, columns = _positions(slot, len(slots.names))
    winner = np.full((columns + 1, attributes.owners), -1, dtype=np.int64)
    winner[position[slot], attributes.owner[place]] = attributes.pair[place]
    return Scattered(slots, attributes, values, np.append(keys, -1), position, winner, counts, amounts)


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
) -> Index:
    """Read every number that some slot wants; return the slots that each pair fills, -1 where unreadable."""
    slot = np.where(keys >= 0, slots.slot[:, keys], -1)
    reading = np.where(slot >= 0, slots.readings[slot], -1)
    readable = np.zeros(slot.shape, dtype=np.bool_)
    for kind in Reading:
        wanted = reading == list(Reading).index(kind)
        rows = np.flatnonzero(wanted.any(axis=0))
        if len(rows):
            readable[:, rows] |= wanted[:, rows] & _reads(kind, rows, values, counts, amounts)
    return np.where(readable, slot, -1)


def _reads(
    kind: Reading,
    rows: Index,
    values: Values,
    counts: npt.NDArray[np.int64],
    amounts: npt.NDArray[np.float64],
) -> Mask:
    if kind is Reading.TEXT:
        return values.has_text(rows)
    if kind is Reading.COUNT:
        counts[rows], readable = values.counts(rows)
    else:
        amounts[rows], readable = values.amounts(rows)
    return readable


def _candidates(attributes: Attributes, keys: Index, filled: Index, slots: Slots) -> tuple[Index, Index]:
    """Return the attributes that fill a slot, and the slot: the better one of two for one slot comes later.

    With repeated positions the last assignment stands. Ranks fit 16 bits, which numpy sorts by radix.
    """
    rank = -slots.rank[:, keys]
    places, found, ranks = [], [], []
    for layer, slot in enumerate(filled):
        place = np.flatnonzero(slot[attributes.pair] >= 0)
        pair = attributes.pair[place]
        places.append(place)
        found.append(slot[pair])
        ranks.append(rank[layer, pair].astype(np.int16))
    order = np.argsort(np.concatenate(ranks), kind="stable")
    return np.concatenate(places)[order], np.concatenate(found)[order]


def _positions(slot: Index, slots: int) -> tuple[Index, int]:
    """Number the slots that occur; the last row of the winners stands for all others and is left empty."""
    occurs = np.zeros(slots, dtype=np.bool_)
    occurs[slot] = True
    position = np.full(slots, -1, dtype=np.int64)
    position[occurs] = np.arange(occurs.sum())
    return position, int(occurs.sum())
