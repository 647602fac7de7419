"""What a call's extra attributes say about its price: service tier, batch, speed, one-hour cache writes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
import pyarrow as pa

from tokenlake_collector.prices.counts import Amounts
from tokenlake_collector.texts import distinct, spread

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

_MENTIONED = re.compile("|".join(re.escape(f'"{name}"') for name in ATTRIBUTES))


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
    texts, codes = distinct(attributes)
    extras = [_parse(text) if text and _MENTIONED.search(text) else {} for text in texts]
    context = spread([_context(found) for found in extras], codes)
    kept = np.array([any(long in found for long, _ in ONE_HOUR) for found in extras], np.bool_)
    for row in np.flatnonzero(kept[codes]).tolist() if kept.any() else ():
        one_hour[row] = _one_hour(extras[codes[row]], int(cache_writes[row]))
    return Circumstances(context, one_hour)


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
