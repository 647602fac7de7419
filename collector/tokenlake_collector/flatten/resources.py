"""Where log records and metric points come from: their resources and scopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tokenlake_collector.decode.records import Index, Records
from tokenlake_collector.dialects.events import resource_sources
from tokenlake_collector.flatten.digests import canonical
from tokenlake_collector.flatten.facts import Facts, read_facts

_COLUMNS = ("service_name", "service_instance", "resource_session_id")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: its attributes."""

    facts: Facts

    @property
    def canonical(self) -> list[list[Any]]:
        """What tells it from others, whatever the order of its attributes."""
        return canonical(self.facts)

    @property
    def texts(self) -> dict[str, str | None]:
        """Its attributes as text."""
        return {name: fact.text for name, fact in self.facts.items()}

    @property
    def columns(self) -> dict[str, str | None]:
        """The columns of a row that a resource fills."""
        texts = self.texts
        return {
            column: next((texts[name] for name in resource_sources(column) if texts.get(name)), None)
            for column in _COLUMNS
        }


def read_resources(records: Records, chosen: Index) -> Mapping[int, Resource]:
    """Return the resources of the chosen records by their row."""
    rows = np.unique(records.resource[chosen])
    found = read_facts(records.resource_attributes, rows)
    return {row: Resource(facts) for row, facts in zip(rows.tolist(), found, strict=True)}


def scope_names(records: Records, chosen: Index) -> list[str]:
    """Return the scope's name of each chosen record, empty where it has none."""
    names = records.scopes.field("name").to_pylist()
    return [names[scope] or "" for scope in records.scope[chosen].tolist()]
