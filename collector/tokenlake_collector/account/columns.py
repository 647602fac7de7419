"""The columns of a report as the rules see it: those of the flattened batch, and its authority."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tokenlake_collector.dialects.authorities import authority
from tokenlake_collector.flatten.rows import ROW_SCHEMA
from tokenlake_collector.texts import distinct

AUTHORITY = pa.field("authority", pa.int8())

REPORT_SCHEMA = pa.schema([*ROW_SCHEMA, AUTHORITY])

WITHOUT_COLUMN = frozenset({"resource_session_id", "reason", "estimated_cost"})
"""Not stored under that name, or only in the table of uncounted rows, or derived from other columns."""


def with_authority(rows: pa.Table) -> pa.Table:
    """Add the level of each report's signal within its dialect (C5)."""
    levels = by_combination(rows, ("dialect", "signal", "role", "flags"), authority, np.int8)
    return rows.append_column(AUTHORITY, pa.array(levels))


def by_combination(
    rows: pa.Table, names: Sequence[str], answer: Callable[..., Any], kind: npt.DTypeLike
) -> npt.NDArray[Any]:
    """Ask a question about the texts of some columns, once for each combination that may occur.

    A batch has a handful of dialects and scopes, so this costs as much as a look-up per column.
    """
    if rows.num_rows == 0:
        return np.zeros(0, dtype=kind)
    columns = [distinct(rows[name]) for name in names]
    combinations = product(*(texts for texts, _ in columns))
    answers = [answer(*(text or "" for text in combination)) for combination in combinations]
    index = np.zeros(rows.num_rows, dtype=np.int64)
    for texts, codes in columns:
        if len(texts) > 1:
            index = index * len(texts) + codes
    return np.array(answers, dtype=kind)[index]
