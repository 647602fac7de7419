"""OTLP's own message descriptors, trimmed to the fields that are read.

A field that is not listed in `KEPT` is skipped on the wire, which is most of the decoding time saved
(events and links are never looked at). A message-typed field whose message is not listed stays as its
undecoded bytes: AnyValue is recursive through its arrays, and an Arrow schema cannot be.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import ptars
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import Descriptor
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tokenlake_collector.signals import Signal

KEPT: dict[str, tuple[str, ...]] = {
    "ExportTraceServiceRequest": ("resource_spans",),
    "ResourceSpans": ("resource", "scope_spans"),
    "ScopeSpans": ("scope", "spans"),
    "Span": (
        "trace_id",
        "span_id",
        "parent_span_id",
        "name",
        "kind",
        "start_time_unix_nano",
        "end_time_unix_nano",
        "attributes",
        "status",
    ),
    "Status": ("code",),
    "ExportLogsServiceRequest": ("resource_logs",),
    "ResourceLogs": ("resource", "scope_logs"),
    "ScopeLogs": ("scope", "log_records"),
    "LogRecord": (
        "time_unix_nano",
        "observed_time_unix_nano",
        "body",
        "attributes",
        "trace_id",
        "span_id",
        "event_name",
    ),
    "ExportMetricsServiceRequest": ("resource_metrics",),
    "ResourceMetrics": ("resource", "scope_metrics"),
    "ScopeMetrics": ("scope", "metrics"),
    "Metric": ("name", "gauge", "sum", "histogram", "exponential_histogram", "summary"),
    "Gauge": ("data_points",),
    "Sum": ("data_points", "aggregation_temporality"),
    "Histogram": ("data_points", "aggregation_temporality"),
    "ExponentialHistogram": ("data_points", "aggregation_temporality"),
    "Summary": ("data_points",),
    "NumberDataPoint": ("attributes", "start_time_unix_nano", "time_unix_nano", "as_double", "as_int"),
    "HistogramDataPoint": ("attributes", "start_time_unix_nano", "time_unix_nano", "count", "sum"),
    "ExponentialHistogramDataPoint": ("attributes", "start_time_unix_nano", "time_unix_nano", "count", "sum"),
    "SummaryDataPoint": ("attributes", "start_time_unix_nano", "time_unix_nano", "count", "sum"),
    "Resource": ("attributes",),
    "InstrumentationScope": ("name", "version"),
    "KeyValue": ("key", "value"),
    "AnyValue": ("string_value", "bool_value", "int_value", "double_value", "array_value", "kvlist_value"),
}

UNCHECKED = frozenset({("Span", "name")})
"""Text that stays bytes: never stored, so what is no UTF-8 there must not refuse a request."""

ROOTS: dict[Signal, Descriptor] = {
    Signal.TRACES: ExportTraceServiceRequest.DESCRIPTOR,
    Signal.LOGS: ExportLogsServiceRequest.DESCRIPTOR,
    Signal.METRICS: ExportMetricsServiceRequest.DESCRIPTOR,
}

_PACKAGE = "tokenlake.wire"
_Field = descriptor_pb2.FieldDescriptorProto


@cache
def handler(signal: Signal) -> Any:
    """Return the compiled decoder of one signal's export request."""
    descriptor = _trimmed(ROOTS[signal])
    return ptars.HandlerPool([descriptor.file]).get_for_message(descriptor)


def _trimmed(root: Descriptor) -> Descriptor:
    name = f"{_PACKAGE}/{root.name}.proto"
    file = descriptor_pb2.FileDescriptorProto(name=name, package=_PACKAGE, syntax="proto3")
    _add_message(file, root, set())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool.FindMessageTypeByName(f"{_PACKAGE}.{root.name}")


def _add_message(file: descriptor_pb2.FileDescriptorProto, message: Descriptor, seen: set[str]) -> None:
    if message.name in seen:
        return
    seen.add(message.name)
    whole = descriptor_pb2.DescriptorProto()
    message.CopyToProto(whole)
    trimmed = file.message_type.add(name=message.name)
    kept = [field for field in whole.field if field.name in KEPT[message.name]]
    oneofs = sorted({field.oneof_index for field in kept if field.HasField("oneof_index")})
    trimmed.oneof_decl.extend(whole.oneof_decl[index] for index in oneofs)
    for field in kept:
        if field.HasField("oneof_index"):
            field.oneof_index = oneofs.index(field.oneof_index)
        _add_field(file, trimmed, field, message.fields_by_name[field.name].message_type, seen)


def _add_field(
    file: descriptor_pb2.FileDescriptorProto,
    trimmed: descriptor_pb2.DescriptorProto,
    field: descriptor_pb2.FieldDescriptorProto,
    message: Descriptor | None,
    seen: set[str],
) -> None:
    kept = trimmed.field.add()
    kept.CopyFrom(field)
    if message is not None and message.name in KEPT:
        kept.type_name = f".{_PACKAGE}.{message.name}"
        _add_message(file, message, seen)
    elif message is not None:
        kept.type = _Field.TYPE_BYTES
        kept.ClearField("type_name")
    elif (trimmed.name, field.name) in UNCHECKED:
        kept.type = _Field.TYPE_BYTES
    elif field.type == _Field.TYPE_ENUM:
        # An enum value that this version does not know is a number like any other.
        kept.type = _Field.TYPE_INT32
        kept.ClearField("type_name")
