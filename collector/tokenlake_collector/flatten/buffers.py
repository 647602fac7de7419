"""Arrow arrays as NumPy arrays, straight from their buffers: Arrow's own kernels cost 30 to 150 µs a call."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def valid(column: Any) -> npt.NDArray[np.bool_]:
    """Tell where an array is not NULL."""
    bitmap = column.buffers()[0]
    if bitmap is None or column.null_count == 0:
        return np.ones(len(column), dtype=np.bool_)
    bits = np.unpackbits(np.frombuffer(bitmap, dtype=np.uint8), bitorder="little")
    return bits[column.offset : column.offset + len(column)].view(np.bool_)


def numbers(column: Any) -> npt.NDArray[Any]:
    """Return an array of numbers; what stands where it is NULL means nothing."""
    kind = np.dtype(column.type.to_pandas_dtype())
    return np.frombuffer(column.buffers()[1], dtype=kind)[column.offset : column.offset + len(column)]


def picked(column: Any, rows: npt.NDArray[np.int64]) -> Any:
    """Return some rows of an array, which are given in order and each once: often they are all."""
    return column if len(rows) == len(column) else column.take(pa.array(rows))


def lengths(column: Any) -> npt.NDArray[np.int32]:
    """Return the lengths of texts or byte strings in bytes, 0 for NULL."""
    if len(column) == 0:
        return np.zeros(0, dtype=np.int32)
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int32)
    ends = offsets[column.offset : column.offset + len(column) + 1]
    return ends[1:] - ends[:-1]
