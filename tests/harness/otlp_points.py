"""Build OTLP metric requests from a few words, and look at the rows that they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from harness.otlp import NOON_NS, key_values
from tokenlake_collector.decode.records import decode
from tokenlake_collector.flatten.points import flatten_points
from tokenlake_collector.signals import Signal

DELTA, CUMULATIVE = 1, 2
MINUTE_NS = 60_000_000_000


@dataclass(frozen=True)
class PointSpec:
    """One data point of one metric; `kind` is sum, histogram, exponential_histogram, gauge or summary."""

    name: str
    value: float
    attributes: Mapping[str, Any] = field(default_factory=dict)
    kind: str = "sum"
    temporality: int = DELTA
    start_ns: int = NOON_NS
    end_ns: int = NOON_NS + MINUTE_NS

    def metric(self) -> Metric:
        """Return the protobuf message of the metric."""
        metric = Metric(name=self.name)
        data = getattr(metric, self.kind)
        if self.kind not in {"gauge", "summary"}:
            data.aggregation_temporality = self.temporality
        point = data.data_points.add()
        point.attributes.extend(key_values(self.attributes))
        point.start_time_unix_nano, point.time_unix_nano = self.start_ns, self.end_ns
        setattr(point, self._field, self.value)
        return metric

    @property
    def _field(self) -> str:
        if self.kind in {"sum", "gauge"}:
            return "as_int" if isinstance(self.value, int) else "as_double"
        return "sum"


def point_bytes(*points: PointSpec, scope: str = "", resource: Mapping[str, Any] | None = None) -> bytes:
    """Return a request with one resource and one scope as wire bytes."""
    request = ExportMetricsServiceRequest()
    resource_metrics = request.resource_metrics.add()
    resource_metrics.resource.attributes.extend(key_values(resource or {}))
    scope_metrics = resource_metrics.scope_metrics.add()
    scope_metrics.scope.name = scope
    scope_metrics.metrics.extend(point.metric() for point in points)
    return request.SerializeToString()


def point_rows(*payloads: bytes) -> list[dict[str, Any]]:
    """Return the rows of several requests that are decoded together."""
    rows: list[dict[str, Any]] = flatten_points(decode(Signal.METRICS, payloads)).to_pylist()
    return rows


def point_row(point: PointSpec, **where: Any) -> dict[str, Any]:
    """Return the only row of one point."""
    rows = point_rows(point_bytes(point, **where))
    assert len(rows) == 1, rows
    return rows[0]
