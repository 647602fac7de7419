"""Log records to rows of token_usage: the few that report a model call; the others cost a look at their name.

The timestamp of a row is the call's start: the record's, less the duration where it is written at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from tokenlake_collector.decode.records import Records
from tokenlake_collector.dialects.events import SPAN_VOCABULARY, Event, Kind, Moment
from tokenlake_collector.dialects.slots import slots
from tokenlake_collector.dialects.tables import ANY, Place, Role
from tokenlake_collector.flatten.digests import canonical, digest
from tokenlake_collector.flatten.extras import read_extras
from tokenlake_collector.flatten.facts import Columns
from tokenlake_collector.flatten.log_records import LogRecord, named_records, read_log_records
from tokenlake_collector.flatten.log_usage import LogUsage, read_log_usage
from tokenlake_collector.flatten.parts import taken
from tokenlake_collector.flatten.recognition import dialect_texts, read_dialects
from tokenlake_collector.flatten.row_table import row_table
from tokenlake_collector.flatten.rows import empty_rows
from tokenlake_collector.flatten.scatter import scatter
from tokenlake_collector.flatten.span_usage import read_span_usage
from tokenlake_collector.flatten.subjects import NEVER_COUNTED, read_role, read_subject

_UNKNOWN_ERROR = "_OTHER"
_NO_USAGE = "no_usage"
_PROVIDERS_OWN = ("req_",)
_UNIQUE_LENGTH = 16
"""A shorter request id that is not the provider's own may come out of a small random number and repeat."""


def flatten_logs(records: Records) -> pa.Table:
    """Turn log records into rows: model calls, failed ones, and those that are never counted.

    Log records that are no report give no row. Tokens are as in token_usage: the input with what was read
    from and written to a cache, the output with reasoning.
    """
    named = named_records(records)
    logs = zip(named.tolist(), read_log_records(records, named), strict=True)
    found = [(place, log, event) for place, log in logs if (event := log.event()) is not None]
    if not found:
        return empty_rows()
    chosen = taken(records, np.array([place for place, _, _ in found], dtype=np.int64))
    return row_table(list(_rows(chosen, [(log, event) for _, log, event in found])))


def _rows(records: Records, found: Sequence[tuple[LogRecord, Event]]) -> Iterator[dict[str, Any]]:
    """Yield the row of each record that reports something."""
    scattered = scatter(records.attributes, slots(Place.SPAN))
    resources = scatter(records.resource_attributes, slots(Place.RESOURCE))
    extras = read_extras(records, scattered, resources, np.arange(len(records), dtype=np.int64)).to_pylist()
    spoken = dialect_texts(read_dialects(records, scattered)).to_pylist()
    columns = [
        Columns(log.facts, event.vocabulary, dialect if event.dialect == ANY else event.dialect)
        for (log, event), dialect in zip(found, spoken, strict=True)
    ]
    subjects = [read_subject(said, event.provider) for said, (_, event) in zip(columns, found, strict=True)]
    usages = read_span_usage(records, scattered, [said.dialect for said in columns], subjects)
    for place, (log, event) in enumerate(found):
        usage = usages[place]
        if event.vocabulary != SPAN_VOCABULARY:
            usage = read_log_usage(event, subjects[place]["provider"], columns[place])
        if usage.reported or event.kind in {Kind.CALL, Kind.FAILURE}:
            report = _Report(log, event, columns[place], subjects[place], usage)
            yield report.row() | {"attributes": extras[place]}


@dataclass(frozen=True, slots=True)
class _Report:
    """A log record that reports something, the row of events.csv that it fits, and what was read of it."""

    log: LogRecord
    event: Event
    columns: Columns
    subject: Mapping[str, Any]
    usage: LogUsage

    @property
    def role(self) -> Role:
        """A copy is never counted, nor what an agent or a step says of its calls: these report themselves."""
        role = read_role(self.columns)
        return Role.NEVER if self.event.kind is Kind.COPY or role is not Role.LEAF else Role.LEAF

    @property
    def error_type(self) -> str | None:
        """The class of the failure; NULL if the call did not fail."""
        if self.event.kind is Kind.FAILURE:
            return self.columns.text("failure_type") or _UNKNOWN_ERROR
        return self.columns.text("error_type")

    @property
    def reason(self) -> str | None:
        """Why this can never be counted; NULL where it can."""
        if self.role is Role.NEVER:
            return NEVER_COUNTED
        return None if self.usage.reported or self.error_type else _NO_USAGE

    @property
    def identity(self) -> bytes:
        """The same for the same report (rule C8): of its request id, else of all that it says."""
        request = self.subject["request_id"]
        if request and (request.startswith(_PROVIDERS_OWN) or len(request) >= _UNIQUE_LENGTH):
            return digest("log", self.columns.dialect, self.event.kind is Kind.COPY, request)
        log = self.log
        said = (log.resource.canonical, log.time_ns, sorted(log.names), canonical(log.facts))
        return digest("log", *said, log.trace_id, log.span_id)

    def row(self) -> dict[str, Any]:
        """Return the columns of token_usage."""
        span_id = self.log.span_id
        return {
            **self.subject,
            **self.log.resource.columns,
            **self.usage.tokens,
            **self._cost(),
            **self._times(),
            "id": self.identity,
            "context_tokens": self.usage.tokens["input_tokens"],
            "trace_id": self.log.trace_id,
            "span_id": None if span_id is None else int.from_bytes(span_id, "big"),
            "scope": self.log.scope or None,
            "dialect": self.columns.dialect,
            "signal": "log",
            "input_rule": self.usage.input_rule,
            "role": self.role.value,
            "error_type": self.error_type,
            "flags": self.usage.flags,
            "reason": self.reason,
        }

    def _times(self) -> dict[str, Any]:
        duration_ms = self.columns.amount("duration_ms")
        start_ns = self.log.time_ns
        if duration_ms is None or not 0 <= duration_ms * 1e6 <= start_ns:
            return {"timestamp": start_ns // 1000, "duration_ms": None}
        if self.event.time is Moment.END:
            start_ns -= round(duration_ms * 1e6)
        return {"timestamp": start_ns // 1000, "duration_ms": duration_ms}

    def _cost(self) -> dict[str, Any]:
        micros = self.columns.amount("reported_cost_micros")
        cost = self.columns.amount("reported_cost") if micros is None else micros / 1e6
        return {"reported_cost": cost, "estimated_cost": cost}
