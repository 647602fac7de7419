"""What each record is: its dialect, its role and its operation."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import cache, lru_cache, partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tokenlake_collector.decode.records import Index, Records
from tokenlake_collector.dialects.slots import DIALECT, ROLE, role_attributes
from tokenlake_collector.dialects.tables import Role, RoleRule, recognitions, role_rules
from tokenlake_collector.flatten.scatter import Scattered

STANDARD = "semconv"
"""The dialect of a record that shows no other's sign."""

_REMEMBERED = 4096
"""Answers kept per look-up: values come from outside, so an unbounded cache would be a leak."""

Names: TypeAlias = npt.NDArray[np.object_]


def read_dialects(records: Records, scattered: Scattered) -> Names:
    """Recognise each record's dialect: by its scope, else by an attribute, else the standard (rule C1)."""
    by_scope = np.array([_scope_dialect(name) for name in _scope_names(records)], dtype=object)
    names = by_scope[records.scope] if len(by_scope) else np.empty(0, dtype=object)
    sign = scattered.rows(DIALECT)
    by_sign = np.array([*_sign_dialects(tuple(scattered.slots.keys.to_pylist())), STANDARD], dtype=object)
    fallback = by_sign[np.where(sign >= 0, scattered.keys[sign], -1)]
    return np.where(names == "", fallback, names)


def read_roles(scattered: Scattered) -> Names:
    """Return each record's role: the first role attribute that it carries decides; "" where none is there."""
    roles = np.full(len(scattered.winner), "", dtype=object)
    for attribute in reversed(role_attributes()):
        rows = scattered.rows(ROLE + attribute)
        carriers = np.flatnonzero(rows >= 0)
        found = _by_value(scattered, rows[carriers], partial(_role, attribute))
        roles[carriers] = np.where(found == "", roles[carriers], found)
    return roles


def read_operations(scattered: Scattered, owners: Index) -> pa.StringArray:
    """Return the operation of some owners, its spelling normalised (rule C10)."""
    rows = scattered.rows("operation_type")[owners]
    keys = scattered.keys[rows]
    operations = np.full(len(owners), None, dtype=object)
    for key in np.unique(keys[rows >= 0]):
        attribute = scattered.slots.keys[int(key)].as_py()
        carriers = np.flatnonzero((rows >= 0) & (keys == key))
        operations[carriers] = _by_value(scattered, rows[carriers], partial(_operation, attribute))
    return pa.array(operations, pa.string())


def _by_value(scattered: Scattered, rows: Index, translate: Callable[[str], str]) -> Names:
    """Translate each row's text; a batch has few distinct values, so each is translated once."""
    encoded = scattered.values.text(rows).dictionary_encode()
    translated = np.array([translate(value) for value in encoded.dictionary.to_pylist()], dtype=object)
    if len(translated) == 0:
        return np.empty(0, dtype=object)
    names: Names = translated[encoded.indices.to_numpy(zero_copy_only=False)]
    return names


def _scope_names(records: Records) -> list[str]:
    return [name or "" for name in records.scopes.field("name").to_pylist()]


@lru_cache(_REMEMBERED)
def _scope_dialect(scope: str) -> str:
    for sign in recognitions():
        if sign.by == "scope" and fnmatchcase(scope, sign.pattern):
            return sign.dialect
    return ""


@cache
def _sign_dialects(keys: tuple[str, ...]) -> list[str]:
    dialects = {sign.pattern: sign.dialect for sign in recognitions() if sign.by == "attribute"}
    return [dialects.get(key, STANDARD) for key in keys]


@cache
def _rules() -> dict[tuple[str, str], RoleRule]:
    return {(rule.attribute, rule.value): rule for rule in role_rules()}


@lru_cache(_REMEMBERED)
def _role(attribute: str, value: str) -> Role | str:
    rule = _rules().get((attribute, value.lower())) or _rules().get((attribute, "*"))
    return rule.role if rule else ""


@lru_cache(_REMEMBERED)
def _operation(attribute: str, value: str) -> str:
    rule = _rules().get((attribute, value.lower()))
    return (rule.operation if rule else "") or value
