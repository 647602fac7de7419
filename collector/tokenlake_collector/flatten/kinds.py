"""What each record is: its role and its operation (rules C4, C8 and C10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.decode.records import Index
from tokenlake_collector.dialects.slots import ROLE, role_attributes
from tokenlake_collector.dialects.tables import ANY, SPAN_NAME, Role, role_rules
from tokenlake_collector.flatten.recognition import dialect_code, dialect_names
from tokenlake_collector.flatten.scatter import Scattered
from tokenlake_collector.flatten.values import Mask, readable

_REMEMBERED = 4096
_NO_RULE = -1


@dataclass(frozen=True, slots=True)
class Kinds:
    """For each record the row of roles.csv that decides, -1 where none does."""

    rule: Index

    def are(self, role: Role) -> Mask:
        """Tell which records have a role."""
        mask: Mask = _has_role(role)[self.rule]
        return mask

    def roles(self, owners: Index) -> pa.StringArray:
        """Return roles as text, "" where nothing tells."""
        return _taken(tuple(str(rule.role) for rule in role_rules()), "", self.rule[owners])

    def operations(self, owners: Index) -> pa.StringArray:
        """Return the operation that each record's rule names, NULL where it names none."""
        return _taken(tuple(rule.operation or None for rule in role_rules()), None, self.rule[owners])


def read_kinds(scattered: Scattered, dialects: Index, names: pa.BinaryArray) -> Kinds:
    """Find each record's rule: the first attribute that it carries and that has a row for its value."""
    rules = np.full(len(dialects), _NO_RULE, dtype=np.int64)
    for attribute in reversed(role_attributes()):
        for carriers, texts, dialect in _carriers(attribute, scattered, dialects, names):
            found = _by_value(texts, partial(_rule, attribute, dialect), np.int64)
            rules[carriers] = np.where(found < 0, rules[carriers], found)
    return Kinds(rules)


def read_operations(scattered: Scattered, owners: Index, kinds: Kinds) -> pa.StringArray:
    """Return the operation of some owners, its spelling normalised, else the one their role implies (C10)."""
    rows = scattered.rows("operation_type")[owners]
    keys = scattered.keys[rows]
    operations = np.full(len(owners), None, dtype=object)
    for key in np.unique(keys[rows >= 0]).tolist():
        attribute = scattered.slots.keys[key].as_py()
        carriers = np.flatnonzero((rows >= 0) & (keys == key))
        texts = scattered.values.text(rows[carriers])
        operations[carriers] = _by_value(texts, partial(_operation, attribute), object)
    return pc.coalesce(pa.array(operations, pa.string()), kinds.operations(owners))


def _carriers(
    attribute: str, scattered: Scattered, dialects: Index, names: pa.BinaryArray
) -> Iterator[tuple[Index, pa.Array, str]]:
    """Yield the records that carry an attribute with its texts, apart for each dialect that has own rows."""
    bound = _bound(attribute)
    if attribute == SPAN_NAME:
        present = np.isin(dialects, [dialect_code(name) for name in bound])
    else:
        rows = scattered.rows(ROLE + attribute)
        present = rows >= 0 if scattered.has(ROLE + attribute) else np.zeros(len(dialects), dtype=np.bool_)
    if not present.any():
        return
    for dialect in (ANY,) if not bound else [dialect_names()[code] for code in np.unique(dialects[present])]:
        mine = present if dialect == ANY else present & (dialects == dialect_code(dialect))
        carriers = np.flatnonzero(mine)
        texts = names.take(carriers) if attribute == SPAN_NAME else scattered.values.text(rows[carriers])
        yield carriers, texts, dialect


def _by_value(texts: pa.Array, translate: Callable[[str], Any], kind: Any) -> npt.NDArray[Any]:
    """Translate each text; a batch has few distinct ones, so each is translated once."""
    encoded = texts.dictionary_encode()
    translated = np.array(
        [translate(readable(value)) for value in encoded.dictionary.to_pylist()], dtype=kind
    )
    if len(translated) == 0:
        return np.empty(0, dtype=kind)
    found: npt.NDArray[Any] = translated[encoded.indices.to_numpy(zero_copy_only=False)]
    return found


@cache
def _bound(attribute: str) -> tuple[str, ...]:
    """Return the dialects that an attribute's rows are limited to."""
    mine = (rule.dialect for rule in role_rules() if rule.attribute == attribute)
    return tuple(dict.fromkeys(dialect for dialect in mine if dialect != ANY))


@lru_cache(_REMEMBERED)
def _rule(attribute: str, dialect: str, value: str) -> int:
    for position, rule in enumerate(role_rules()):
        mine = rule.attribute == attribute and rule.dialect in (ANY, dialect)
        if mine and fnmatchcase(value.lower(), rule.value):
            return position
    return _NO_RULE


@lru_cache(_REMEMBERED)
def _operation(attribute: str, value: str) -> str:
    position = _rule(attribute, ANY, value)
    return (role_rules()[position].operation if position >= 0 else "") or value


@cache
def _has_role(role: Role) -> Mask:
    """Return whether each rule gives a role; the last element is for no rule."""
    return np.array([*(rule.role is role for rule in role_rules()), False], dtype=np.bool_)


def _taken(of_rules: tuple[str | None, ...], of_none: str | None, rules: Index) -> pa.StringArray:
    texts = pa.array([*of_rules, of_none], pa.string())
    return texts.take(pa.array(np.where(rules < 0, len(of_rules), rules)))
