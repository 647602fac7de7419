"""Trace and span ids: byte strings on the wire, fixed widths in the table."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tokenlake_collector.decode.records import Index
from tokenlake_collector.flatten.buffers import lengths, picked
from tokenlake_collector.flatten.values import Mask


def valid_ids(column: Any, width: int) -> Mask:
    """Tell which ids have the right length and are not all zero (both are invalid by the OTel spec)."""
    right = np.flatnonzero(lengths(column) == width)
    valid = np.zeros(len(column), dtype=np.bool_)
    halves = fixed(column, width, right).view(np.uint64)
    valid[right] = np.bitwise_or.reduce(halves, axis=1) != 0
    return valid


def fixed(column: Any, width: int, rows: Index) -> npt.NDArray[np.uint8]:
    """Return ids of one known width as a matrix of bytes; `rows` are in order, each once."""
    taken = picked(column, rows)
    if len(rows) == 0:
        return np.zeros((0, width), dtype=np.uint8)
    first = np.frombuffer(taken.buffers()[1], dtype=np.int32)[taken.offset]
    data = np.frombuffer(taken.buffers()[2], dtype=np.uint8)[first : first + width * len(rows)]
    return data.reshape(len(rows), width)


def words(column: Any, rows: Index) -> npt.NDArray[np.uint64]:
    """Return ids of 8 bytes as unsigned numbers, first byte highest, as their hex form reads."""
    return fixed(column, 8, rows).view(">u8").astype(np.uint64).ravel()


def uuids(ids: npt.NDArray[np.uint8]) -> pa.Array:
    """Return rows of 16 bytes as Arrow UUIDs, which DuckDB takes as its own."""
    storage = pa.Array.from_buffers(pa.binary(16), len(ids), [None, pa.py_buffer(ids.tobytes())])
    return pa.ExtensionArray.from_storage(pa.uuid(), storage)
