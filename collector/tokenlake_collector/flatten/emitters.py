"""Who reported each call, and what is known of how they count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tokenlake_collector.decode.records import Index
from tokenlake_collector.dialects.habits import Habits, habit, habits_of
from tokenlake_collector.dialects.tables import ANY
from tokenlake_collector.flatten.recognition import dialect_names
from tokenlake_collector.flatten.values import Mask, readable

Words = npt.NDArray[np.object_]

GOOGLE = "gcp."
"""What the names of Google's providers begin with."""


@dataclass(frozen=True, slots=True)
class Emitters:
    """Per record: its dialect, its scope (a position in `scopes` and `versions`) and the call's names."""

    dialects: Index
    scope: Index
    scopes: list[str]
    versions: list[str]
    spans: pa.BinaryArray
    providers: pa.StringArray
    models: pa.StringArray

    def words(self, habits: Habits, asked: Index) -> Words:
        """Return what a table says of some records, "" where it has no row for them."""
        words = np.full(len(asked), "", dtype=object)
        pairs, pair = distinct(self.dialects[asked], self.scope[asked])
        for position, first in enumerate(pairs):
            mine = self._habits(habits, int(asked[first]))
            rows = np.flatnonzero(pair == position)
            if mine and _is_general(mine):
                words[rows] = mine[0].value
            elif mine:
                words[rows] = self._each(mine, asked[rows])
        return words

    def gemini(self) -> Mask:
        """Tell which calls went to Google's own models; its platform serves others' too."""
        google = _holds(self.providers, lambda name: name.startswith(GOOGLE))
        if not google.any():
            return google
        return google & ~_holds(self.models, lambda name: "claude" in name.lower())

    def version(self, record: int) -> str:
        """Return the version of a record's scope."""
        return self.versions[int(self.scope[record])]

    def _habits(self, habits: Habits, record: int) -> Habits:
        return habits_of(habits, dialect_names()[self.dialects[record]], self.scopes[self.scope[record]])

    def _each(self, habits: Habits, asked: Index) -> Words:
        """Look each distinct combination of names up once."""
        names = [_encoded(column, asked) for column in (self.spans, self.providers, self.models)]
        firsts, combination = distinct(*(codes for _, codes in names))
        calls = [[texts[codes[first]] for texts, codes in names] for first in firsts]
        words: Words = np.array([habit(habits, *call) for call in calls], dtype=object)[combination]
        return words


def _is_general(habits: Habits) -> bool:
    return habits[0].span == ANY and habits[0].called == ANY


def distinct(*codes: Index) -> tuple[Index, Index]:
    """Return the first place of each distinct combination, and every row's combination."""
    combined = np.zeros(len(codes[0]), dtype=np.int64)
    for code in codes:
        combined = combined * (int(code.max(initial=0)) + 1) + code
    _, firsts, inverse = np.unique(combined, return_index=True, return_inverse=True)
    return firsts, inverse


def _encoded(column: pa.Array, rows: Index) -> tuple[list[str], Index]:
    encoded = column.take(pa.array(rows)).dictionary_encode(null_encoding="encode")
    texts = [readable(text) for text in encoded.dictionary.to_pylist()]
    return texts, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _holds(column: pa.StringArray, test: Callable[[str], bool]) -> Mask:
    """Test each distinct text once."""
    texts, codes = _encoded(column, np.arange(len(column)))
    mask: Mask = np.array([test(text) for text in texts], dtype=np.bool_)[codes]
    return mask
