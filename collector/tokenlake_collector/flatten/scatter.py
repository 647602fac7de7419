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


@dataclass(frozen=True, slots=True)
class Scattered:
    """For every owner and slot the row of the attribute that won, -1 where none is there.

    `winner` has a row per slot that occurs in the batch, `position` the row of each slot, -1 for none: most
    dialects are absent from most batches. `keys` says which known attribute a row is. `counts` and `amounts`
    hold each attribute's number where some slot wants one. The last element of these three is for the row -1.
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
        """Return the winning attribute's row in a slot, per owner."""
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
        inside = unfold(attributes, folded)
        keys = np.concatenate([keys, _keys(inside, slots)])
        attributes = _joined(attributes, inside)
    known = np.flatnonzero(keys >= 0)
    numbers = np.zeros(len(keys) + 1, dtype=np.int64)
    values, amounts = Values(attributes.values), np.zeros(len(keys) + 1, dtype=np.float64)
    rows = np.tile(known, len(slots.slot))
    slot, rank = slots.slot[:, keys[known]].ravel(), slots.rank[:, keys[known]].ravel()
    wanted = np.flatnonzero(slot >= 0)
    rows, slot, rank = rows[wanted], slot[wanted], rank[wanted]
    readable = _read(rows, slots.readings[slot], values, numbers, amounts)
    # With repeated positions the last assignment stands: worst rank first, so that the best one is left.
    order = np.flatnonzero(readable)
    order = order[np.argsort(-rank[order], kind="stable")]
    position, columns = _positions(slot[order], len(slots.names))
    winner = np.full((columns + 1, attributes.owners), -1, dtype=np.int64)
    winner[position[slot[order]], attributes.owner[rows[order]]] = rows[order]
    return Scattered(slots, attributes, values, np.append(keys, -1), position, winner, numbers, amounts)


def _keys(attributes: Attributes, slots: Slots) -> Index:
    found = pc.index_in(attributes.keys, value_set=slots.keys)
    keys: Index = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return keys


def _joined(first: Attributes, second: Attributes) -> Attributes:
    keys, values = (
        pa.chunked_array([a, b]).combine_chunks()
        for a, b in ((first.keys, second.keys), (first.values, second.values))
    )
    return Attributes(np.concatenate([first.owner, second.owner]), keys, values, first.owners)


def _positions(slot: Index, slots: int) -> tuple[Index, int]:
    """Number the slots that occur; the last row of the winners stands for all others and is left empty."""
    occurs = np.zeros(slots, dtype=np.bool_)
    occurs[slot] = True
    position = np.full(slots, -1, dtype=np.int64)
    position[occurs] = np.arange(occurs.sum())
    return position, int(occurs.sum())


def _read(
    rows: Index,
    readings: Index,
    values: Values,
    numbers: npt.NDArray[np.int64],
    amounts: npt.NDArray[np.float64],
) -> Mask:
    """Read every number that some slot wants, and tell which attributes could be read."""
    readable: Mask = np.zeros(len(rows), dtype=np.bool_)
    counted, paid, texts = (np.flatnonzero(readings == index) for index in range(len(Reading)))
    numbers[rows[counted]], readable[counted] = values.counts(rows[counted])
    if len(paid):
        amounts[rows[paid]], readable[paid] = values.amounts(rows[paid])
    readable[texts] = values.has_text(rows[texts])
    return readable
