"""The same spans in other requests: split, merged, duplicated, in another order."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def one_span_each(payload: bytes) -> list[bytes]:
    """Split a request into requests of one span, each with its resource and scope."""
    singles = []
    for resource_spans in ExportTraceServiceRequest.FromString(payload).resource_spans:
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                single = ExportTraceServiceRequest()
                resource = single.resource_spans.add()
                resource.resource.CopyFrom(resource_spans.resource)
                scope = resource.scope_spans.add()
                scope.scope.CopyFrom(scope_spans.scope)
                scope.spans.add().CopyFrom(span)
                singles.append(single.SerializeToString())
    return singles


def merged(payloads: Sequence[bytes]) -> bytes:
    """Put all spans of several requests into one: protobuf messages are merged by concatenation."""
    return b"".join(payloads)
