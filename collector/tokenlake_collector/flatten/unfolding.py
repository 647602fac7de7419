"""JSON inside attributes: what the tables name of it becomes attributes of its own.

Only attributes that the tables name with a path are parsed, which few dialects write. What cannot be parsed
is absent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.decode.records import Attributes, Index
from tokenlake_collector.dialects.slots import INSIDE, slots
from tokenlake_collector.dialects.tables import Place
from tokenlake_collector.flatten.langfuse import buckets
from tokenlake_collector.flatten.values import Mask

_UNCACHED = "uncached"
"""A step of a path: the value beside Anthropic's cache counts, which its input count is without."""

_CACHE_COUNTS = frozenset({"cache_read_input_tokens", "cache_creation_input_tokens"})
_LARGEST = 2**63 - 1
_LANGFUSE = "langfuse.observation.usage_details"


def unfold(attributes: Attributes, pairs: Index) -> Attributes:
    """Add the values that the tables name inside the JSON of some pairs, as attributes beside them."""
    pairs = pairs[_mention(attributes.keys.take(pairs), attributes.values.field("string_value").take(pairs))]
    keys = attributes.keys.take(pairs).to_pylist()
    texts = attributes.values.field("string_value").take(pairs).to_pylist()
    names: list[str] = []
    values: list[dict[str, Any]] = []
    inside = np.zeros(len(attributes.keys) + 1, dtype=np.int64)
    for pair, key, text in zip(pairs.tolist(), keys, texts, strict=True):
        for path, value in _named(key, text or ""):
            inside[pair] += 1
            names.append(f"{key}{INSIDE}{path}")
            values.append(value)
    owner, pair_inside = _spread(attributes, inside)
    return Attributes(
        np.concatenate([attributes.owner, owner]),
        np.concatenate([attributes.pair, pair_inside]),
        pa.concat_arrays([attributes.keys, pa.array(names, pa.string())]),
        pa.concat_arrays([attributes.values, pa.array(values, attributes.values.type)]),
        attributes.owners,
    )


def _spread(attributes: Attributes, inside: Index) -> tuple[Index, Index]:
    """Give the pairs found inside others (so many in each) to the owners of these."""
    first = len(attributes.keys) + np.cumsum(inside) - inside
    places = np.flatnonzero(inside[attributes.pair])
    number = inside[attributes.pair[places]]
    begins = np.cumsum(number) - number
    within = np.arange(number.sum()) - np.repeat(begins, number)
    owner = np.repeat(attributes.owner[places], number)
    return owner, np.repeat(first[attributes.pair[places]], number) + within


@cache
def _paths(key: str) -> tuple[str, ...]:
    names = (name.partition(INSIDE) for name in slots(Place.SPAN).keys.to_pylist())
    return tuple(path for attribute, inside, path in names if inside and attribute == key)


def _named(key: str, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    document = _parsed(text)
    if key == _LANGFUSE and isinstance(document, dict):
        document = {**document, "buckets": buckets(document)}
    for path in _paths(key):
        value = _scalar(_at(document, path.split(".") if path else []))
        if value is not None:
            yield path, value


def _mention(keys: pa.StringArray, texts: pa.StringArray) -> Mask:
    """Tell cheaply where any named value can be inside: most such JSON holds none."""
    mentions: Mask = np.zeros(len(keys), dtype=np.bool_)
    for key in pc.unique(keys).to_pylist():
        holds = pc.match_substring_regex(texts, _mentioned(key)).fill_null(False)
        mentions |= pc.and_(pc.equal(keys, key), holds).to_numpy(zero_copy_only=False)
    return mentions


@cache
def _mentioned(key: str) -> str:
    if key == _LANGFUSE:
        return ""
    return "|".join(sorted({re.escape(path.rpartition(".")[2]) for path in _paths(key)}))


def _parsed(text: str) -> Any:
    try:
        document = json.loads(text)
        # Some exporters encode an attribute's value once more.
        return json.loads(document) if isinstance(document, str) and document[:1] == "{" else document
    except (ValueError, RecursionError):
        return None


def _at(document: Any, steps: list[str]) -> Any:
    for step in steps:
        if not isinstance(document, Mapping):
            return None
        if step == _UNCACHED:
            document = document if _CACHE_COUNTS & document.keys() else None
        else:
            document = document.get(step)
    return document


def _scalar(value: Any) -> dict[str, Any] | None:
    if isinstance(value, str):
        return {"string_value": value}
    if isinstance(value, float):
        return {"double_value": value}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return {"int_value": value}
    return None
