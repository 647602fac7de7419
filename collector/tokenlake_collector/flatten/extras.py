"""The allow-listed attributes that are kept as JSON; nothing else of a record ever reaches the disk."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue

from tokenlake_collector.decode.records import Index, Records
from tokenlake_collector.flatten.scatter import Scattered
from tokenlake_collector.texts import combined, spread

Column: TypeAlias = tuple[Sequence[str | None], Index]
"""The different members of one name, None among them for none, and per owner the position of its own."""

_SCALARS = ("string_value", "int_value", "double_value", "bool_value")


def read_extras(
    records: Records,
    scattered: Scattered,
    resources: Scattered,
    owners: Index,
    others: Mapping[str, Column] | None = None,
) -> pa.StringArray:
    """Return one JSON object per owner with its allow-listed attributes, NULL where it has none.

    An attribute of the span beats its resource's. `others` are further members (`"name": value`) by name.
    """
    columns: dict[str, list[Column]] = {name: [column] for name, column in (others or {}).items()}
    for found in (_members(scattered, owners), _members(resources, records.resource[owners])):
        for name, column in found:
            columns.setdefault(name, []).append(column)
    if not columns:
        return pa.nulls(len(owners), pa.string())
    ordered = [columns[name] for name in sorted(columns)]
    firsts, combination = combined(*(codes for alternatives in ordered for _, codes in alternatives))
    return spread([_object(ordered, first) for first in firsts.tolist()], combination)


def _object(columns: Sequence[Sequence[Column]], owner: int) -> str | None:
    """Return one owner's members as an object: of each name the first that is there."""
    found = (next((m for texts, codes in c if (m := texts[codes[owner]])), None) for c in columns)
    members = ", ".join(member for member in found if member)
    return f"{{{members}}}" if members else None


def _members(scattered: Scattered, owners: Index) -> Iterator[tuple[str, Column]]:
    """Yield, for each allow-listed attribute that occurs, `"name": value` per owner."""
    attributes, keys = scattered.attributes, scattered.keys[:-1]
    occurring = np.bincount(keys + 1, minlength=len(scattered.slots.extra) + 1)[1:] > 0
    for key in np.flatnonzero(occurring & scattered.slots.extra).tolist():
        pairs = np.flatnonzero(keys == key)
        places = np.flatnonzero(scattered.sent == key)
        # Of a name that stands twice the last one holds, as it does in JSON.
        pair_of = np.full(attributes.owners, len(pairs), dtype=np.int64)
        pair_of[attributes.owner[places]] = np.searchsorted(pairs, attributes.pair[places])
        name = scattered.slots.attributes[key]
        members = [_member(name, value) for value in _values(scattered.values.column.take(pa.array(pairs)))]
        yield name, ([*members, None], pair_of[owners])


def _values(column: pa.StructArray) -> Iterator[Any]:
    """Yield values; nearly all are text, which is read in a twentieth of the time."""
    texts = column.field("string_value")
    return map(_plain, column.to_pylist()) if texts.null_count else iter(texts.to_pylist())


def _member(name: str, value: Any) -> str | None:
    return None if value is None else f"{json.dumps(name)}: {json.dumps(value)}"


def _plain(value: dict[str, Any] | None) -> Any:
    """Return a scalar or a list of scalars; maps and what JSON cannot hold are left out."""
    if value is None:
        return None
    for name in _SCALARS:
        if value[name] is not None:
            return value[name] if _in_json(value[name]) else None
    return None if value["array_value"] is None else _list(value["array_value"])


def _list(encoded: bytes) -> list[Any] | None:
    try:
        items = ArrayValue.FromString(encoded).values
    except DecodeError:
        return None
    scalars = [getattr(item, kind) for item in items if (kind := _kind(item)) in _SCALARS]
    return [scalar for scalar in scalars if _in_json(scalar)]


def _in_json(scalar: Any) -> bool:
    """JSON has no NaN and no infinities."""
    return not isinstance(scalar, float) or math.isfinite(scalar)


def _kind(item: AnyValue) -> str:
    return item.WhichOneof("value") or ""
