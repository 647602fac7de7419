"""Columns of text with few different ones, as most columns of a batch are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Codes: TypeAlias = npt.NDArray[np.int64]

_LARGEST = np.iinfo(np.int32).max
_FEW = 2**16


def distinct(column: Any) -> tuple[list[Any], Codes]:
    """Return the different texts of a column, None among them for NULL, and per row the position of its text.

    That a column says the same everywhere, as most do, is noticed without hashing it: 11 µs for 8,192 rows
    instead of 120.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if len(array) and array[1:].equals(array[:-1]):
        return array[:1].to_pylist(), np.zeros(len(array), dtype=np.int64)
    encoded = array.dictionary_encode("encode")
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)


def spread(texts: Sequence[str | None], codes: Codes) -> pa.StringArray:
    """Return a column of texts that are given by their positions."""
    if len(codes) and codes.min() == codes.max():
        return repeated(texts[codes[0]], len(codes))
    return pa.array(texts, pa.string()).take(pa.array(codes))


def repeated(text: str | None, rows: int) -> pa.StringArray:
    """Return a column that says the same in every row; `pa.repeat` takes 120 µs for 8,192 rows, this 10."""
    content = (text or "").encode()
    if text is None or len(content) * rows > _LARGEST:
        return pa.nulls(rows, pa.string()) if text is None else pa.repeat(pa.scalar(text), rows)
    ends = np.arange(rows + 1, dtype=np.int32) * np.int32(len(content))
    return pa.StringArray.from_buffers(rows, pa.py_buffer(ends), pa.py_buffer(content * rows))


def combined(*codes: Codes) -> tuple[Codes, Codes]:
    """Return the first row of each different combination of codes, and per row which one it has."""
    firsts, combination = _numbered(codes[0])
    for code in codes[1:]:
        size = int(code.max(initial=0)) + 1
        if size > 1:
            firsts, combination = _numbered(combination * size + code)
    return firsts, combination


def _numbered(codes: Codes) -> tuple[Codes, Codes]:
    """Number codes in their order, without sorting them where they are small: a fifth of the time."""
    size = int(codes.max(initial=0)) + 1
    if size > _FEW:
        _, firsts, numbers = np.unique(codes, return_index=True, return_inverse=True)
        return firsts, numbers
    first = np.full(size, -1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    occurs = first >= 0
    return first[occurs], (np.cumsum(occurs) - 1)[codes]
