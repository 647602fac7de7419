"""Token counts of each record, from one vocabulary (rules C0 and C1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from tokenlake_collector.decode.records import Index
from tokenlake_collector.dialects.columns import TOKEN_COLUMNS, VOCABULARY_COLUMNS
from tokenlake_collector.dialects.slots import slots, token_slot, vocabularies
from tokenlake_collector.dialects.tables import Place, aliases
from tokenlake_collector.flatten.recognition import dialect_code
from tokenlake_collector.flatten.scatter import Scattered
from tokenlake_collector.flatten.values import Mask

_INPUT, _OUTPUT, _READ, _CREATION = range(4)
_UNCACHED = VOCABULARY_COLUMNS.index("uncached_tokens")
_COMPLETED = range(_READ, len(VOCABULARY_COLUMNS))

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts as reported, per record and column (in the order of `VOCABULARY_COLUMNS`), 0 where absent.

    `completed` tells which cache and evidence counts come from another vocabulary than input and output.
    """

    counts: Counts
    present: Mask
    completed: Mask

    @property
    def reported(self) -> Mask:
        """Which records report any usage; a total alone is none."""
        mask: Mask = np.any(self.present[: len(TOKEN_COLUMNS)], axis=0)
        return mask

    def column(self, name: str) -> Counts:
        """Return one column's counts, in tokens."""
        column: Counts = self.counts[VOCABULARY_COLUMNS.index(name)]
        return column

    def has(self, name: str) -> Mask:
        """Tell where a column is reported."""
        mask: Mask = self.present[VOCABULARY_COLUMNS.index(name)]
        return mask

    def take(self, rows: Index) -> Usage:
        """Return the usage of some records, given in order and each once: often they are all."""
        if len(rows) == self.counts.shape[1]:
            return self
        return Usage(self.counts[:, rows], self.present[:, rows], self.completed[:, rows])


def read_usage(scattered: Scattered, dialects: Index) -> Usage:
    """Choose one vocabulary per record and read its counts.

    A vocabulary with a cache split is preferred (of several the one with the largest input: it includes the
    cache), else the first in the table's order that has input or output. What the chosen one lacks of cache,
    reasoning and evidence is completed from the others, in order.
    """
    spoken = _spoken(scattered)
    winners = np.stack([_winners(scattered, name, dialects) for name in spoken])
    chosen = winners[0] if len(spoken) == 1 else _chosen(winners, scattered.counts)
    completed = np.zeros(chosen.shape, dtype=np.bool_)
    counted = (chosen[_INPUT] >= 0) | (chosen[_OUTPUT] >= 0)
    for name, others in zip(spoken, winners, strict=True) if len(spoken) > 1 else ():
        for column in _COMPLETED:
            missing = (chosen[column] < 0) & (others[column] >= 0) & (counted | _has_input(name))
            chosen[column, missing] = others[column, missing]
            completed[column] |= missing
    return _consistent(Usage(scattered.counts[chosen], chosen >= 0, completed))


def _winners(scattered: Scattered, vocabulary: str, dialects: Index) -> Index:
    winners = scattered.winner[scattered.position[_positions(vocabulary)]]
    limited = _codes(vocabularies()[vocabulary])
    return np.where(np.isin(dialects, limited), winners, -1) if limited else winners


@cache
def _codes(names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(dialect_code(name) for name in names)


def _spoken(scattered: Scattered) -> list[str]:
    """Return the vocabularies that occur, among them one that can be chosen."""
    occurring = [name for name in vocabularies() if _occurs(scattered, name)]
    return occurring if any(map(_has_input, occurring)) else [*list(vocabularies())[:1], *occurring]


@cache
def _has_input(vocabulary: str) -> bool:
    """Tell whether a vocabulary has counts of its own; a raw copy only completes those of another."""
    return any(alias.vocabulary == vocabulary and alias.column == "input_tokens" for alias in aliases())


def _occurs(scattered: Scattered, vocabulary: str) -> bool:
    return bool((scattered.position[_positions(vocabulary)] >= 0).any())


@cache
def _positions(vocabulary: str) -> Index:
    """Return the positions of a vocabulary's slots."""
    found = [slots(Place.SPAN).index(token_slot(vocabulary, name)) for name in VOCABULARY_COLUMNS]
    return np.array(found, dtype=np.int64)


def _chosen(winners: Index, counts: Counts) -> Index:
    """Return, per column and record, the row in the vocabulary that is to be read."""
    present = winners >= 0
    total = present[:, _INPUT] | present[:, _OUTPUT]
    split = (counts[winners[:, _READ]] > 0) | (counts[winners[:, _CREATION]] > 0)
    largest = counts[winners[:, _INPUT]]
    score = np.where(total & split, largest + 2, total)
    best: Index = score.argmax(axis=0)
    chosen: Index = np.take_along_axis(winners, best[None, None, :], axis=0)[0].copy()
    return chosen


def _consistent(usage: Usage) -> Usage:
    """Drop a raw copy that is of something else than the counts beside it (C1: only if C2 still holds).

    The copy on a span that sums up several steps is that of the last step: its uncached count is neither the
    input nor the input without the cache.
    """
    foreign = usage.completed[_UNCACHED]
    if not foreign.any():
        return usage
    read, creation, uncached = (usage.counts[column] for column in (_READ, _CREATION, _UNCACHED))
    whole = usage.counts[_INPUT]
    fits = (whole == uncached) | (whole == uncached + read + creation) | ~usage.present[_INPUT]
    wrong = foreign & ~fits
    for column in (_READ, _CREATION, _UNCACHED):
        dropped = wrong & usage.completed[column]
        usage.counts[column, dropped] = 0
        usage.present[column, dropped] = False
    return usage
