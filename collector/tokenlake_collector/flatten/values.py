"""Read OTLP attribute values as counts, amounts and text (rule C0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.decode.records import Index
from tokenlake_collector.flatten.buffers import lengths, numbers, valid
from tokenlake_collector.texts import repeated

MAX_COUNT = 2**53 - 1
"""Largest count that is believed: exact as a double, and two of them still add up within a BIGINT."""

MAX_AMOUNT = 1e12
"""Largest amount of money that is believed: sums of it stay finite."""

_DECIMAL = r"^\s*[0-9]{1,16}(\.0*)?\s*$"
_NUMBER = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$"

NONE = pa.scalar(None, pa.string())
"""No text."""

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
        integers, readable = self._numbers("int_value", rows)
        doubles, is_double = self._numbers("double_value", rows)
        integral = is_double & (doubles == np.floor(doubles)) & (np.abs(doubles) <= MAX_COUNT)
        counts = np.where(integral, np.where(integral, doubles, 0).astype(np.int64), integers)
        readable |= integral
        strings, is_string = self._strings(rows, _DECIMAL, r"\.0*\s*$", pa.int64())
        counts = np.where(is_string, strings, counts)
        readable |= is_string
        return counts, readable & (counts >= 0) & (counts <= MAX_COUNT)

    def amounts(self, rows: Index) -> tuple[npt.NDArray[np.float64], Mask]:
        """Read amounts of money: any number up to `MAX_AMOUNT` either way, also in a string, with a mask."""
        integers, is_integer = self._numbers("int_value", rows)
        doubles, is_double = self._numbers("double_value", rows)
        strings, is_string = self._strings(rows, _NUMBER, r"\s+$", pa.float64())
        amounts = np.select([is_double, is_string], [doubles, strings], integers.astype(np.float64))
        return amounts, (is_integer | is_double | is_string) & (np.abs(amounts) <= MAX_AMOUNT)

    def has_text(self, rows: Index) -> Mask:
        """Tell where a value can be read as text: a string that is not empty, a number or a boolean."""
        text = self.column.field("string_value")
        readable: Mask = lengths(text)[rows] > 0
        if readable.all():
            return readable
        for name in ("int_value", "double_value", "bool_value"):
            readable |= valid(self.column.field(name))[rows]
        return readable

    def text(self, rows: Index) -> pa.StringArray:
        """Read text; NULL where the row is -1 or holds an array or a map."""
        if len(rows) > 1 and (rows == rows[0]).all():
            return repeated(self.text(rows[:1])[0].as_py(), len(rows))
        positions = pa.array(rows, mask=rows < 0)
        text = self.column.field("string_value").take(positions)
        if text.null_count == positions.null_count:
            return text
        for name in ("int_value", "double_value", "bool_value"):
            scalar = self.column.field(name)
            if scalar.null_count < len(scalar):
                text = pc.coalesce(text, scalar.take(positions).cast(pa.string()))
        return text

    def _numbers(self, name: str, rows: Index) -> tuple[npt.NDArray[Any], Mask]:
        column = self.column.field(name)
        is_number = valid(column)[rows]
        return np.where(is_number, numbers(column)[rows], 0), is_number

    def _strings(
        self, rows: Index, pattern: str, tail: str, kind: pa.DataType
    ) -> tuple[npt.NDArray[Any], Mask]:
        """Read numbers in strings; almost no emitter writes them, so the usual case costs one mask."""
        is_string = valid(self.column.field("string_value"))[rows]
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
