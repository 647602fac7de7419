"""Log records that may report a model call: found by name, all at once, and read one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.decode.records import Index, Records
from tokenlake_collector.dialects.events import Event, event_names, events
from tokenlake_collector.dialects.signs import Origin
from tokenlake_collector.flatten.facts import Facts, read_facts
from tokenlake_collector.flatten.resources import Resource, read_resources, scope_names
from tokenlake_collector.flatten.values import Mask

_EVENT_NAME = "event.name"


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One log record; `names` is all that it may be called, `time_ns` when it was written."""

    facts: Facts
    names: frozenset[str]
    scope: str
    resource: Resource
    time_ns: int
    trace_id: bytes | None
    span_id: bytes | None

    def event(self) -> Event | None:
        """Return the row of events.csv that the record fits, the first of them."""
        origin = Origin(self.scope, self.resource.texts, self.facts)
        fitting = (event for event in events() if event.name in self.names and event.sign.fits(origin))
        return next((event for event in fitting if self._meets(event.condition)), None)

    def _meets(self, condition: tuple[str, str] | None) -> bool:
        return condition is None or _text(self.facts, condition[0]) == condition[1]


def named_records(records: Records) -> Index:
    """Return the records whose event name, body or attribute `event.name` is one of events.csv."""
    fields, attributes = records.fields, records.attributes
    own = _known(fields.field("event_name")) | _known(fields.field("body").field("string_value"))
    is_name = pc.equal(attributes.keys, _EVENT_NAME).to_numpy(zero_copy_only=False)
    naming = is_name & _known(attributes.values.field("string_value"))
    chosen: Index = np.union1d(np.flatnonzero(own), attributes.owner[naming[attributes.pair]])
    return chosen


def _known(names: Any) -> Mask:
    known = pa.array(sorted(event_names()), pa.string())
    mask: Mask = pc.is_in(names, value_set=known).to_numpy(zero_copy_only=False)
    return mask


def read_log_records(records: Records, chosen: Index) -> Iterator[LogRecord]:
    """Yield some records, in order."""
    resources = read_resources(records, chosen)
    facts = read_facts(records.attributes, chosen)
    scopes = scope_names(records, chosen)
    fields = {
        name: records.fields.field(name).take(pa.array(chosen)).to_pylist()
        for name in ("event_name", "time_unix_nano", "observed_time_unix_nano", "trace_id", "span_id")
    }
    bodies = records.fields.field("body").field("string_value").take(pa.array(chosen)).to_pylist()
    for place, resource in enumerate(records.resource[chosen].tolist()):
        names = (fields["event_name"][place], bodies[place], _text(facts[place], _EVENT_NAME))
        yield LogRecord(
            facts=facts[place],
            names=frozenset(name for name in names if name),
            scope=scopes[place],
            resource=resources[resource],
            time_ns=fields["time_unix_nano"][place] or fields["observed_time_unix_nano"][place],
            trace_id=_valid(fields["trace_id"][place], 16),
            span_id=_valid(fields["span_id"][place], 8),
        )


def _valid(identity: bytes, width: int) -> bytes | None:
    return identity if len(identity) == width and any(identity) else None


def _text(facts: Facts, name: str) -> str | None:
    return facts[name].text if name in facts else None
