"""How many records a request holds, by the official protobuf classes."""

from __future__ import annotations

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from harness.captures import Request
from tokenlake_collector.signals import Signal


def records_in(request: Request) -> int:
    """Return the number of spans, log records or metric points."""
    if request.signal is Signal.TRACES:
        traces = ExportTraceServiceRequest.FromString(request.payload)
        return sum(len(scope.spans) for resource in traces.resource_spans for scope in resource.scope_spans)
    if request.signal is Signal.LOGS:
        logs = ExportLogsServiceRequest.FromString(request.payload)
        return sum(len(scope.log_records) for resource in logs.resource_logs for scope in resource.scope_logs)
    metrics = ExportMetricsServiceRequest.FromString(request.payload)
    scopes = (scope for resource in metrics.resource_metrics for scope in resource.scope_metrics)
    return sum(_points(metric) for scope in scopes for metric in scope.metrics)


def _points(metric: Metric) -> int:
    kind = metric.WhichOneof("data")
    return len(getattr(metric, kind).data_points) if kind else 0
