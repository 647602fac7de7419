"""Read OTLP attribute values as counts, amounts and text (rule C0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.decode.records import Index

MAX_COUNT = 2**53 - 1
"""Largest count that is believed: exact as a double, and two of them still add up within a BIGINT."""

_DECIMAL = r"^\s*[0-9]{1,16}(\.0*)?\s*$"
_NUMBER = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$"

Mask: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Values:
    """A column of OTLP AnyValue; rows are given by their positions, -1 for "none"."""

    column: pa.StructArray

    def counts(self, rows: Index) -> tuple[npt.NDArray[np.int64], Mask]:
        """Read counts, with a mask of the readable ones.

        Readable are integers, integral doubles and decimal strings from 0 to `MAX_COUNT`; booleans,
        negatives, fractions and NaN are not.
        """
        numbers, readable = self._numbers("int_value", rows)
        doubles, is_double = self._numbers("double_value", rows)
        integral = is_double & (doubles == np.floor(doubles)) & (np.abs(doubles) <= MAX_COUNT)
        counts = np.where(integral, np.where(integral, doubles, 0).astype(np.int64), numbers)
        readable |= integral
        strings, is_string = self._strings(rows, _DECIMAL, r"\.0*\s*$", pa.int64())
        counts = np.where(is_string, strings, counts)
        readable |= is_string
        return counts, readable & (counts >= 0) & (counts <= MAX_COUNT)

    def amounts(self, rows: Index) -> tuple[npt.NDArray[np.float64], Mask]:
        """Read amounts of money: any finite number, also in a string, with a mask of the readable ones."""
        integers, is_integer = self._numbers("int_value", rows)
        doubles, is_double = self._numbers("double_value", rows)
        strings, is_string = self._strings(rows, _NUMBER, r"\s+$", pa.float64())
        amounts = np.select([is_double, is_string], [doubles, strings], integers.astype(np.float64))
        return amounts, (is_integer | is_double | is_string) & np.isfinite(amounts)

    def has_text(self, rows: Index) -> Mask:
        """Tell where a value can be read as text: a string that is not empty, a number or a boolean."""
        text = self.column.field("string_value")
        readable: Mask = _lengths(text)[rows] > 0
        for name in ("int_value", "double_value", "bool_value"):
            readable |= _valid(self.column.field(name))[rows]
        return readable

    def text(self, rows: Index) -> pa.StringArray:
        """Read text; NULL where the row is -1 or holds an array or a map."""
        positions = pa.array(rows, mask=rows < 0)
        text = self.column.field("string_value").take(positions)
        for name in ("int_value", "double_value", "bool_value"):
            scalar = self.column.field(name)
            if scalar.null_count < len(scalar):
                text = pc.coalesce(text, scalar.take(positions).cast(pa.string()))
        return text

    def _numbers(self, name: str, rows: Index) -> tuple[npt.NDArray[Any], Mask]:
        numbers = self.column.field(name)
        filled = numbers.fill_null(0).to_numpy(zero_copy_only=False)
        return filled[rows], _valid(numbers)[rows]

    def _strings(
        self, rows: Index, pattern: str, tail: str, kind: pa.DataType
    ) -> tuple[npt.NDArray[Any], Mask]:
        """Read numbers in strings; almost no emitter writes them, so the usual case costs one mask."""
        is_string = _valid(self.column.field("string_value"))[rows]
        read = np.zeros(len(rows), dtype=kind.to_pandas_dtype())
        if is_string.any():
            strings = self.column.field("string_value").take(rows[is_string])
            fits = pc.match_substring_regex(strings, pattern)
            bare = pc.replace_substring_regex(pc.utf8_trim_whitespace(strings), tail, "")
            parsed = pc.if_else(fits, bare, None).cast(kind)
            read[is_string] = parsed.fill_null(0).to_numpy(zero_copy_only=False)
            is_string[is_string] = fits.to_numpy(zero_copy_only=False)
        return read, is_string


def readable(text: str | bytes | None) -> str:
    """Return text that came unchecked, whatever it holds; "" for none."""
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text or ""


def _valid(column: Any) -> Mask:
    return np.asarray(column.is_valid().to_numpy(zero_copy_only=False), dtype=np.bool_)


def _lengths(text: Any) -> npt.NDArray[np.int32]:
    """Lengths in bytes, 0 for NULL, straight from the offsets: binary_length would copy the column."""
    if len(text) == 0:
        return np.zeros(0, dtype=np.int32)
    offsets = np.frombuffer(text.buffers()[1], dtype=np.int32)[text.offset : text.offset + len(text) + 1]
    return np.diff(offsets)
