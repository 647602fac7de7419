"""The allow-listed attributes that are kept as JSON; nothing else of a record ever reaches the disk."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue

from tokenlake_collector.decode.records import Index, Records
from tokenlake_collector.flatten.scatter import Scattered
from tokenlake_collector.flatten.values import NONE

# Arrow takes 0.2 ms to make a scalar of a Python value (it looks for dateutil each time): each is made once.
_COMMA, _EMPTY, _OPEN, _CLOSE = map(pa.scalar, (", ", "", "{", "}"))

_SCALARS = ("string_value", "int_value", "double_value", "bool_value")


def read_extras(
    records: Records,
    scattered: Scattered,
    resources: Scattered,
    owners: Index,
    others: Mapping[str, pa.StringArray] | None = None,
) -> pa.StringArray:
    """Return one JSON object per owner with its allow-listed attributes, NULL where it has none.

    An attribute of the span beats its resource's. `others` are further members (`"name": value`) by name.
    """
    own = {**dict(_members(scattered, owners)), **(others or {})}
    for name, members in _members(resources, records.resource[owners]):
        own[name] = pc.coalesce(own[name], members) if name in own else members
    if not own:
        return pa.nulls(len(owners), pa.string())
    led = [
        pc.coalesce(pc.binary_join_element_wise(_COMMA, own[name], _EMPTY), _EMPTY) for name in sorted(own)
    ]
    inner = pc.utf8_slice_codeunits(pc.binary_join_element_wise(*led, _EMPTY), 2)
    objects = pc.binary_join_element_wise(_OPEN, inner, _CLOSE, _EMPTY)
    return pc.if_else(pc.equal(inner, _EMPTY), NONE, objects)


def _members(scattered: Scattered, owners: Index) -> Iterator[tuple[str, pa.StringArray]]:
    """Yield, for each allow-listed attribute that occurs, `"name": value` per owner."""
    attributes, keys = scattered.attributes, scattered.keys[:-1]
    kept = scattered.slots.extra[keys] & (keys >= 0)
    for key in np.unique(keys[kept]).tolist():
        pairs = np.flatnonzero(keys == key)
        places = np.flatnonzero(keys[attributes.pair] == key)
        # Of a name that stands twice the last one holds, as it does in JSON.
        pair_of = np.full(attributes.owners, -1, dtype=np.int64)
        pair_of[attributes.owner[places]] = np.searchsorted(pairs, attributes.pair[places])
        taken = pair_of[owners]
        name = scattered.slots.keys[key].as_py()
        members = _texts(name, scattered.values.column.take(pa.array(pairs)))
        yield name, members.take(pa.array(taken, mask=taken < 0))


def _texts(name: str, values: pa.StructArray) -> pa.StringArray:
    """Return `"name": value` per value; text has few distinct values, so each is written once."""
    strings = values.field("string_value")
    if strings.null_count:
        return pa.array([_member(name, _plain(value)) for value in values.to_pylist()], pa.string())
    encoded = strings.dictionary_encode()
    members = [_member(name, text) for text in encoded.dictionary.to_pylist()]
    return pa.array(members, pa.string()).take(encoded.indices)


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
