"""Which signal a protobuf message carries: its bytes do not say, but its first record gives it away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tokenlake_collector.errors import BadRequest
from tokenlake_collector.signals import Signal


def _spans(request: Any) -> Iterator[Any]:
    return chain.from_iterable(scope.spans for one in request.resource_spans for scope in one.scope_spans)


def _logs(request: Any) -> Iterator[Any]:
    return chain.from_iterable(scope.log_records for one in request.resource_logs for scope in one.scope_logs)


def _metrics(request: Any) -> Iterator[Any]:
    return chain.from_iterable(
        scope.metrics for one in request.resource_metrics for scope in one.scope_metrics
    )


_MARKS: dict[Signal, tuple[Any, Callable[[Any], Iterator[Any]], Callable[[Any], bool]]] = {
    Signal.TRACES: (
        ExportTraceServiceRequest,
        _spans,
        lambda span: len(span.trace_id) == 16 and len(span.span_id) == 8,
    ),
    Signal.LOGS: (
        ExportLogsServiceRequest,
        _logs,
        lambda log: bool(log.time_unix_nano or log.observed_time_unix_nano),
    ),
    Signal.METRICS: (
        ExportMetricsServiceRequest,
        _metrics,
        lambda metric: bool(metric.name) and metric.WhichOneof("data") is not None,
    ),
}
"""For each signal its message, the records in it, and what only a record of this signal has. The three
messages are alike down to the records; taken for another signal's, these have odd ids, no time, no data."""


def signal_of(payload: bytes) -> Signal:
    """Return the signal of an export request.

    Raises:
        BadRequest: no record in it is like one of a signal.
    """
    for signal, (kind, records, is_one) in _MARKS.items():
        try:
            if any(map(is_one, records(kind.FromString(payload)))):
                return signal
        except DecodeError:
            continue
    raise BadRequest("neither spans, log records nor metrics of OTLP")
