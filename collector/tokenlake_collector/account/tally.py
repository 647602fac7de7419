"""What is to be doubted among the rows that a batch added: flags, and tokens without a price."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

_NONE = pa.scalar(0, pa.int64())


@dataclass(frozen=True, slots=True)
class Tally:
    """Counted rows that have tokens and no cost, and counted rows by the words of their `flags`."""

    unpriced: int = 0
    flags: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.unpriced + other.unpriced, self.flags + other.flags)


def tally(rows: pa.Table) -> Tally:
    """Look at priced rows; those that are not counted do not matter."""
    counted = rows.filter(pc.is_null(rows["reason"])) if rows["reason"].null_count < rows.num_rows else rows
    unpriced = 0
    if counted["estimated_cost"].null_count:
        has_tokens = pc.greater(pc.add(counted["input_tokens"], counted["output_tokens"]), _NONE)
        unpriced = pc.sum(pc.and_(has_tokens, pc.is_null(counted["estimated_cost"]))).as_py() or 0
    flagged = counted["flags"].drop_null().to_pylist()
    return Tally(unpriced, Counter(word for words in flagged for word in words.split(",")))
