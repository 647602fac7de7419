"""Which dialect each record speaks (rule C1)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tokenlake_collector.decode.records import Index, Records
from tokenlake_collector.dialects.slots import DIALECT
from tokenlake_collector.dialects.tables import recognitions
from tokenlake_collector.flatten.scatter import Scattered
from tokenlake_collector.texts import spread

STANDARD = "semconv"
"""The dialect of a record that shows no other's sign."""

_REMEMBERED = 4096
"""Answers kept per look-up: names come from outside, so an unbounded cache would be a leak."""


@cache
def dialect_names() -> tuple[str, ...]:
    """Return every dialect that spans can speak; a dialect's code is its position here."""
    return tuple(dict.fromkeys([STANDARD, *(sign.dialect for sign in recognitions())]))


def dialect_code(name: str) -> int:
    """Return the code of a dialect."""
    return dialect_names().index(name)


def read_dialects(records: Records, scattered: Scattered) -> npt.NDArray[np.int64]:
    """Recognise each record's dialect, as codes.

    By its scope, else by its service or another attribute of its resource, else by an attribute of its own,
    else the standard.
    """
    codes = _of_scopes(records)[records.scope]
    if (codes < 0).any():
        codes = np.where(codes < 0, _of_resources(records)[records.resource], codes)
    if (codes < 0).any():
        signs = scattered.rows(DIALECT)
        by_key = _by_sign(scattered.slots.attributes)
        codes = np.where(codes < 0, by_key[np.where(signs >= 0, scattered.keys[signs], -1)], codes)
    return codes


def dialect_texts(codes: Index) -> pa.StringArray:
    """Return dialects as text."""
    return spread(dialect_names(), codes)


def _of_scopes(records: Records) -> Index:
    names = [name or "" for name in records.scopes.field("name").to_pylist()]
    return np.array([_named("scope", name) for name in names], dtype=np.int64)


def _of_resources(records: Records) -> Index:
    """Return the code of each resource, -1 where nothing is known of it; requests have few resources."""
    attributes = records.resource_attributes
    codes = np.full(attributes.owners, -1, dtype=np.int64)
    best = np.full(attributes.owners, len(recognitions()), dtype=np.int64)
    texts = attributes.values.field("string_value").to_pylist()
    ranks = [
        _resource_sign(key, text or "") if key in _telling() else len(recognitions())
        for key, text in zip(attributes.keys.to_pylist(), texts, strict=True)
    ]
    for owner, pair in zip(attributes.owner.tolist(), attributes.pair.tolist(), strict=True):
        if ranks[pair] < best[owner]:
            best[owner], codes[owner] = ranks[pair], dialect_code(recognitions()[ranks[pair]].dialect)
    return codes


@cache
def _telling() -> frozenset[str]:
    pairs = (sign.pattern.partition("=")[0] for sign in recognitions() if sign.by == "resource")
    return frozenset({"service.name", *pairs})


@lru_cache(_REMEMBERED)
def _resource_sign(key: str, text: str) -> int:
    """Return the rank of the first sign that an attribute of a resource is."""
    for rank, sign in enumerate(recognitions()):
        is_service = sign.by == "service" and key == "service.name" and fnmatchcase(text, sign.pattern)
        if is_service or (sign.by == "resource" and sign.pattern == f"{key}={text}"):
            return rank
    return len(recognitions())


@lru_cache(_REMEMBERED)
def _named(by: str, name: str) -> int:
    for sign in recognitions():
        if sign.by == by and fnmatchcase(name, sign.pattern):
            return dialect_code(sign.dialect)
    return -1


@cache
def _by_sign(keys: tuple[str, ...]) -> Index:
    """Return the dialect that each key is a sign of; the last element is the standard, for no sign."""
    dialects = {sign.pattern: sign.dialect for sign in recognitions() if sign.by == "attribute"}
    return np.array([dialect_code(dialects.get(key, STANDARD)) for key in (*keys, "")], dtype=np.int64)
