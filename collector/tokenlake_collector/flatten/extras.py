"""The allow-listed attributes that are kept as JSON; nothing else of a record ever reaches the disk."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue

from tokenlake_collector.decode.records import Attributes, Index, Records
from tokenlake_collector.dialects.columns import EXTRA
from tokenlake_collector.dialects.tables import Place, aliases

_SCALARS = ("string_value", "int_value", "double_value", "bool_value")


def read_extras(records: Records, owners: Index) -> pa.StringArray:
    """Return one JSON object per owner with its allow-listed attributes, NULL where it has none.

    An attribute of the span beats its resource's. Few records carry any, so this may build Python objects.
    """
    of_spans = _found(records.attributes, _keys(Place.SPAN))
    of_resources = _found(records.resource_attributes, _keys(Place.RESOURCE))
    if not of_spans and not of_resources:
        return pa.nulls(len(owners), pa.string())
    resources = records.resource[owners].tolist()
    merged = [
        {**of_resources.get(resource, {}), **of_spans.get(owner, {})}
        for owner, resource in zip(owners.tolist(), resources, strict=True)
    ]
    texts = [json.dumps(extras, sort_keys=True) if extras else None for extras in merged]
    return pa.array(texts, pa.string())


@cache
def _keys(place: Place) -> pa.StringArray:
    names = [alias.attribute for alias in aliases() if alias.column == EXTRA and alias.place is place]
    return pa.array(names, pa.string())


def _found(attributes: Attributes, keys: pa.StringArray) -> dict[int, dict[str, Any]]:
    mask = pc.is_in(attributes.keys, value_set=keys).to_numpy(zero_copy_only=False)
    found: dict[int, dict[str, Any]] = {}
    for row in np.flatnonzero(mask).tolist():
        value = _plain(attributes.values[row].as_py())
        if value is not None:
            found.setdefault(int(attributes.owner[row]), {})[attributes.keys[row].as_py()] = value
    return found


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
