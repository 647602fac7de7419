"""Token counts of each record, from one vocabulary (rules C0 and C1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tokenlake_collector.decode.records import Index
from tokenlake_collector.dialects.columns import TOKEN_COLUMNS
from tokenlake_collector.dialects.slots import token_slot, vocabularies
from tokenlake_collector.flatten.scatter import Scattered
from tokenlake_collector.flatten.values import Mask

_INPUT, _OUTPUT, _READ, _CREATION, _REASONING = range(len(TOKEN_COLUMNS))


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts per record and token column (in the order of `TOKEN_COLUMNS`), 0 where nothing is reported."""

    counts: npt.NDArray[np.int64]
    reported: Mask

    def column(self, name: str) -> npt.NDArray[np.int64]:
        """Return one column's counts, in tokens."""
        column: npt.NDArray[np.int64] = self.counts[:, TOKEN_COLUMNS.index(name)]
        return column


def read_usage(scattered: Scattered) -> Usage:
    """Choose one vocabulary per record and read its counts.

    A vocabulary with a cache split is preferred, else the first in the table's order that has input or
    output. Cache and reasoning counts that the chosen one lacks are completed from the others, in order.
    """
    winners = np.stack([_winners(scattered, vocabulary) for vocabulary in vocabularies()])
    chosen = winners[_choose(winners, scattered), np.arange(winners.shape[1])]
    for others in winners:
        for column in (_READ, _CREATION, _REASONING):
            missing = chosen[:, column] < 0
            chosen[missing, column] = others[missing, column]
    return Usage(scattered.counts[chosen], np.any(chosen >= 0, axis=1))


def _winners(scattered: Scattered, vocabulary: str) -> Index:
    return np.stack([scattered.rows(token_slot(vocabulary, column)) for column in TOKEN_COLUMNS], axis=1)


def _choose(winners: Index, scattered: Scattered) -> Index:
    """Return, per record, the position of the vocabulary to read."""
    present = winners >= 0
    total = present[:, :, _INPUT] | present[:, :, _OUTPUT]
    positive = scattered.counts[winners] > 0
    split = positive[:, :, _READ] | positive[:, :, _CREATION]
    score = 2 * (total & split) + total
    best: Index = score.argmax(axis=0)
    return best
