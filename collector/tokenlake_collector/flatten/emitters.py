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
from tokenlake_collector.flatten.buffers import picked
from tokenlake_collector.flatten.recognition import dialect_names
from tokenlake_collector.flatten.values import Mask, readable
from tokenlake_collector.texts import combined, distinct

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
        texts, codes = self.answers(habits, asked)
        words: Words = np.array(texts, dtype=object)[codes]
        return words

    def answers(self, habits: Habits, asked: Index) -> tuple[list[str], Index]:
        """Return the same as some texts, and per record the position of its own."""
        texts, codes = [""], np.zeros(len(asked), dtype=np.int64)
        pairs, pair = combined(self.dialects[asked], self.scope[asked])
        for position, first in enumerate(pairs):
            mine = self._habits(habits, int(asked[first]))
            if not mine:
                continue
            rows = np.flatnonzero(pair == position)
            found, code = ([mine[0].value], 0) if _is_general(mine) else self._each(mine, asked[rows])
            codes[rows] = code + len(texts)
            texts += found
        return texts, codes

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

    def _each(self, habits: Habits, asked: Index) -> tuple[list[str], Index]:
        """Look each distinct combination of names up once."""
        columns = (self.spans, self.providers, self.models)
        names = [distinct(picked(column, asked)) for column in columns]
        firsts, combination = combined(*(codes for _, codes in names))
        calls = [[readable(texts[codes[first]]) for texts, codes in names] for first in firsts]
        return [habit(habits, *call) for call in calls], combination


def _is_general(habits: Habits) -> bool:
    return habits[0].span == ANY and habits[0].called == ANY


def _holds(column: pa.StringArray, test: Callable[[str], bool]) -> Mask:
    """Test each distinct text once."""
    texts, codes = distinct(column)
    mask: Mask = np.array([test(text or "") for text in texts], dtype=np.bool_)[codes]
    return mask
