"""Single values of OTLP/JSON as Python values that protobuf's classes take."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

Read: TypeAlias = Callable[[Any], Any]

_IDS = frozenset({"trace_id", "span_id", "parent_span_id"})
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"-?[0-9]+")
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def reader(field: Any) -> Read:
    """Return what reads a value of a field that is no message.

    It raises TypeError or ValueError for what the field cannot hold; the range of an integer is left to
    protobuf's classes.
    """
    if field.name in _IDS:
        return _id
    if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        return _enum(field.enum_type)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _bytes
    return _READERS.get(field.cpp_type, _integer)


def _id(value: Any) -> bytes:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise TypeError("an id must be a string of hexadecimal digits, two a byte")
    return bytes.fromhex(value)


def _bytes(value: Any) -> bytes:
    text = _text(value).translate({ord("-"): "+", ord("_"): "/"}).rstrip("=")
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"must be a string, not {_name(value)}")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"must be true or false, not {_name(value)}")
    return value


def _integer(value: Any) -> int:
    """Take a number or a string of one; `5.0` and `5e2` are integers too, as proto3's JSON has it."""
    if type(value) is int:
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    number = _double(value)
    if not number.is_integer():
        raise ValueError(f"must be an integer, not {value}")
    return int(number)


def _double(value: Any) -> float:
    if isinstance(value, str):
        if value in _NOT_FINITE:
            return _NOT_FINITE[value]
        if not _NUMBER.fullmatch(value):
            raise ValueError("must be a number")
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"must be a number, not {_name(value)}")
    number = float(value)
    if math.isinf(number):
        raise ValueError("is larger than a double can be")
    return number


def _enum(kind: EnumDescriptor) -> Read:
    numbers = {value.name: value.number for value in kind.values}

    def read(value: Any) -> int:
        """Take a number, of the enum or not; OTLP has no names, but what they mean is beyond doubt."""
        return numbers[value] if isinstance(value, str) and value in numbers else _integer(value)

    return read


def _name(value: Any) -> str:
    return type(value).__name__


_READERS: dict[int, Read] = {
    FieldDescriptor.CPPTYPE_STRING: _text,
    FieldDescriptor.CPPTYPE_BOOL: _flag,
    FieldDescriptor.CPPTYPE_DOUBLE: _double,
}
