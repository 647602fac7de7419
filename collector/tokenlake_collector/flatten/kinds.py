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
from tokenlake_collector.texts import distinct, spread

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
        return spread(_roles(), self.rule[owners] % len(_roles()))

    def operations(self, owners: Index) -> pa.StringArray:
        """Return the operation that each record's rule names, NULL where it names none."""
        return spread(_operations(), self.rule[owners] % len(_operations()))


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
    pairs, codes = scattered.distinct("operation_type", owners)
    texts = scattered.values.text(pairs).to_pylist()
    names = [scattered.slots.attributes[key] for key in scattered.keys[pairs]]
    named = [text and _operation(name, text) for name, text in zip(names, texts, strict=True)]
    operations = spread(named, codes)
    return pc.coalesce(operations, kinds.operations(owners)) if operations.null_count else operations


def _carriers(
    attribute: str, scattered: Scattered, dialects: Index, names: pa.BinaryArray
) -> Iterator[tuple[Index, pa.Array, str]]:
    """Yield the records that carry an attribute with its texts, apart for each dialect that has own rows."""
    bound = _bound(attribute)
    if attribute == SPAN_NAME:
        present = _speak(bound)[dialects]
    elif scattered.has(ROLE + attribute):
        rows = scattered.rows(ROLE + attribute)
        present = rows >= 0
    else:
        return
    if not present.any():
        return
    for dialect in (ANY,) if not bound else [dialect_names()[code] for code in np.unique(dialects[present])]:
        mine = present if dialect == ANY else present & (dialects == dialect_code(dialect))
        carriers = np.flatnonzero(mine)
        texts = names.take(carriers) if attribute == SPAN_NAME else scattered.values.text(rows[carriers])
        yield carriers, texts, dialect


def _by_value(texts: pa.Array, translate: Callable[[str], Any], kind: Any) -> npt.NDArray[Any]:
    """Translate each text; a batch has few distinct ones, so each is translated once."""
    values, codes = distinct(texts)
    found: npt.NDArray[Any] = np.array([translate(readable(value)) for value in values], dtype=kind)[codes]
    return found


@cache
def _bound(attribute: str) -> tuple[str, ...]:
    """Return the dialects that an attribute's rows are limited to."""
    mine = (rule.dialect for rule in role_rules() if rule.attribute == attribute)
    return tuple(dict.fromkeys(dialect for dialect in mine if dialect != ANY))


@cache
def _speak(dialects: tuple[str, ...]) -> Mask:
    """Return for each dialect whether it is one of some."""
    return np.array([name in dialects for name in dialect_names()], dtype=np.bool_)


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


@cache
def _roles() -> tuple[str, ...]:
    """Return the role of each rule; the last element is for no rule, whose number is -1."""
    return (*(str(rule.role) for rule in role_rules()), "")


@cache
def _operations() -> tuple[str | None, ...]:
    """Return the operation of each rule; the last element is for no rule, whose number is -1."""
    return (*(rule.operation or None for rule in role_rules()), None)
