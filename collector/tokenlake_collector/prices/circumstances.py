"""What a call's extra attributes say about its price: service tier, batch, speed, one-hour cache writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.prices.counts import Amounts, Flags

CONTEXT = (
    # Only what the response says: a request may ask for `auto`, or be served on another tier.
    ("openai.response.service_tier", "service_tier"),
    ("gen_ai.openai.response.service_tier", "service_tier"),
    ("gen_ai.response.service_tier", "service_tier"),
    ("anthropic.response.service_tier", "service_tier"),
    ("anthropic.usage.service_tier", "service_tier"),
    ("speed", "speed"),
)
"""Attribute, and what the price list calls it; the first one that is there decides."""

ONE_HOUR = (
    (
        "anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
        "anthropic.usage.cache_creation.ephemeral_5m_input_tokens",
    ),
    ("ephemeral_1h_input_tokens", "ephemeral_5m_input_tokens"),
)
"""The two parts of the cache writes: kept for an hour, and for five minutes."""

ATTRIBUTES = (*(name for name, _ in CONTEXT), *(name for pair in ONE_HOUR for name in pair))
"""The attributes that a price can depend on."""

# Anthropic gives a batch as a service tier; the price list has it as the way of processing.
_BATCH = {"service_tier": "batch", "processing": "batch"}

_NO, _FIRST = pa.scalar(False), pa.scalar(0, pa.int32())

_MENTIONED = "|".join(f'"{name}"'.replace(".", r"\.") for name in ATTRIBUTES)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Per call: the context as JSON, NULL for none, and the cache writes that are kept for an hour."""

    context: pa.Array
    one_hour_writes: Amounts


def read_circumstances(attributes: pa.Array, cache_writes: Amounts) -> Circumstances:
    """Read the JSON of those calls that mention any of `ATTRIBUTES`, each distinct text once."""
    one_hour = np.zeros(len(attributes), np.int64)
    if attributes.null_count == len(attributes):
        return Circumstances(pa.nulls(len(attributes), pa.string()), one_hour)
    encoded = attributes.dictionary_encode()
    mentioned = known_flags(pc.match_substring_regex(encoded.dictionary, _MENTIONED))
    extras = [
        _parse(text) if telling else {}
        for text, telling in zip(encoded.dictionary.to_pylist(), mentioned, strict=True)
    ]
    context = pa.array([_context(found) for found in extras], pa.string()).take(encoded.indices)
    kept = np.array([any(long in found for long, _ in ONE_HOUR) for found in extras], np.bool_)
    texts = encoded.indices.fill_null(_FIRST).to_numpy(zero_copy_only=False)
    for row in np.flatnonzero(kept[texts] & known_flags(encoded.is_valid())).tolist():
        one_hour[row] = _one_hour(extras[texts[row]], int(cache_writes[row]))
    return Circumstances(context, one_hour)


def known_flags(column: pa.Array) -> Flags:
    """Return booleans; NULL is false."""
    known = column.fill_null(_NO) if column.null_count else column
    return np.asarray(known.to_numpy(zero_copy_only=False), np.bool_)


def _parse(text: str) -> Mapping[str, Any]:
    """Return the object; a row that somebody else wrote may hold anything."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _context(extras: Mapping[str, Any]) -> str | None:
    found: dict[str, str] = {}
    for attribute, key in CONTEXT:
        value = extras.get(attribute)
        if isinstance(value, str):
            found.setdefault(key, value.lower())
    if found.get("service_tier") == "batch":
        found |= _BATCH
    return json.dumps(found, sort_keys=True) if found else None


def _one_hour(extras: Mapping[str, Any], cache_writes: int) -> int:
    """Return the one-hour part if both parts add up: they may cover only some of a request's passes."""
    for long, short in ONE_HOUR:
        for_hour, for_minutes = extras.get(long), extras.get(short, 0)
        if _is_count(for_hour) and _is_count(for_minutes) and for_hour + for_minutes == cache_writes:
            return for_hour
    return 0


def _is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and value >= 0
