"""Build OTLP log requests from a few words, and look at the rows that they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from harness.otlp import NOON_NS, any_value, key_values
from tokenlake_collector.decode.records import decode
from tokenlake_collector.flatten.logs import flatten_logs
from tokenlake_collector.signals import Signal


@dataclass(frozen=True)
class LogSpec:
    """One log record; `body` and `event_name` as they are, times in nanoseconds since 1970."""

    attributes: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    event_name: str = ""
    time_ns: int = NOON_NS
    observed_ns: int = 0
    trace_id: bytes = b""
    span_id: bytes = b""

    def message(self) -> LogRecord:
        """Return the protobuf message."""
        return LogRecord(
            attributes=key_values(self.attributes),
            body=None if self.body is None else any_value(self.body),
            event_name=self.event_name,
            time_unix_nano=self.time_ns,
            observed_time_unix_nano=self.observed_ns,
            trace_id=self.trace_id,
            span_id=self.span_id,
        )


def log_bytes(*logs: LogSpec, scope: str = "", resource: Mapping[str, Any] | None = None) -> bytes:
    """Return a request with one resource and one scope as wire bytes."""
    request = ExportLogsServiceRequest()
    resource_logs = request.resource_logs.add()
    resource_logs.resource.attributes.extend(key_values(resource or {}))
    scope_logs = resource_logs.scope_logs.add()
    scope_logs.scope.name = scope
    scope_logs.log_records.extend(log.message() for log in logs)
    return request.SerializeToString()


def log_rows(*payloads: bytes) -> list[dict[str, Any]]:
    """Return the rows of several requests that are decoded together."""
    rows: list[dict[str, Any]] = flatten_logs(decode(Signal.LOGS, payloads)).to_pylist()
    return rows


def log_row(attributes: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    """Return the only row of one log record with these attributes."""
    where = {name: options.pop(name) for name in ("scope", "resource") if name in options}
    rows = log_rows(log_bytes(LogSpec(attributes, **options), **where))
    assert len(rows) == 1, rows
    return rows[0]


def told(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return what a test looks at: some columns of a row."""
    return {name: row[name] for name in names}
