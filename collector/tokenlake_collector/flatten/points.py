"""Metric points to rows of token_usage: the last resort, where neither spans nor log records tell (rule C6).

A row is one point and holds the value that the point itself reports; what a cumulative series grew by is for
accounting to find. Its timestamp is the point's start. A point without a start time has its end there and no
duration: of such a series only falls of the value tell a restart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tokenlake_collector.decode.records import Index, Records
from tokenlake_collector.dialects.columns import TOKEN_COLUMNS
from tokenlake_collector.dialects.events import Kind
from tokenlake_collector.dialects.points import Metric, counted_columns, metrics_named, type_attribute
from tokenlake_collector.dialects.signs import Origin
from tokenlake_collector.dialects.slots import slots
from tokenlake_collector.dialects.tables import ANY, Place, Role
from tokenlake_collector.flatten.digests import canonical, digest
from tokenlake_collector.flatten.extras import read_extras
from tokenlake_collector.flatten.facts import Columns, Facts, read_facts
from tokenlake_collector.flatten.parts import parts, taken
from tokenlake_collector.flatten.recognition import dialect_texts, read_dialects
from tokenlake_collector.flatten.resources import Resource, read_resources, scope_names
from tokenlake_collector.flatten.row_table import row_table
from tokenlake_collector.flatten.rows import empty_rows
from tokenlake_collector.flatten.scatter import scatter
from tokenlake_collector.flatten.subjects import NEVER_COUNTED, read_role, read_subject
from tokenlake_collector.flatten.values import MAX_COUNT

_KINDS = ("sum", "histogram", "exponential_histogram")
_VALUES = ("as_int", "as_double", "sum")
_TIMES = ("start_time_unix_nano", "time_unix_nano")
_DELTA = 1
"""AGGREGATION_TEMPORALITY_DELTA. What says nothing is read as cumulative: that never counts twice."""

_VOCABULARY = ""


@dataclass(frozen=True, slots=True)
class _Point:
    """One data point of a metric whose name is known."""

    facts: Facts
    metric: str
    scope: str
    resource: Resource
    value: float | None
    start_ns: int
    end_ns: int
    delta: bool

    def row_of_table(self) -> Metric | None:
        """Return the row of points.csv that the point fits, the first of them."""
        origin = Origin(self.scope, self.resource.texts, self.facts)
        return next((metric for metric in metrics_named(self.metric) if metric.sign.fits(origin)), None)

    @property
    def series(self) -> bytes:
        """What all points of one stream have in common (rule C6)."""
        return digest("series", self.resource.canonical, self.scope, self.metric, canonical(self.facts))


def flatten_points(records: Records) -> pa.Table:
    """Turn data points of token metrics into rows, in tokens; other metrics, and other types, give none.

    A type that lies beside the input or the output (cache of Claude Code, thoughts of Gemini) is added to it,
    so that such a row has the same number in both columns.
    """
    named = _named(records)
    if len(named) == 0:
        return empty_rows()
    return row_table([row for kind in _KINDS for row in _rows(taken(records, named), kind)])


def _named(records: Records) -> Index:
    """Return the metrics whose names are in the table; each name of the batch is looked up once."""
    names = records.fields.field("name").dictionary_encode()
    known = np.array([bool(metrics_named(name)) for name in names.dictionary.to_pylist()], dtype=np.bool_)
    if not known.any():
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(known[names.indices.to_numpy(zero_copy_only=False)])


def _rows(metrics: Records, kind: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of all points of one kind of metric."""
    lists = metrics.fields.field(kind).field("data_points")
    owners = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
    if len(owners) == 0:
        return
    records = parts(metrics, owners, lists.flatten())
    scattered = scatter(records.attributes, slots(Place.SPAN))
    spoken = dialect_texts(read_dialects(records, scattered)).to_pylist()
    resources = scatter(records.resource_attributes, slots(Place.RESOURCE))
    extras = read_extras(records, scattered, resources, np.arange(len(records), dtype=np.int64)).to_pylist()
    points = _points(metrics.fields.take(pa.array(owners)), records, kind)
    for point, dialect, extra in zip(points, spoken, extras, strict=True):
        metric = point.row_of_table()
        if metric is not None and (counted := _counted(point, metric)):
            columns = Columns(point.facts, _VOCABULARY, dialect if metric.dialect == ANY else metric.dialect)
            yield _row(point, metric, columns, counted) | {"attributes": extra}


def _points(metrics: pa.StructArray, records: Records, kind: str) -> Iterator[_Point]:
    """Yield points; `metrics` holds the metric of each."""
    everyone = np.arange(len(records), dtype=np.int64)
    resources, scopes = read_resources(records, everyone), scope_names(records, everyone)
    facts, values = read_facts(records.attributes, everyone), _values(records.fields)
    start_ns, end_ns = (records.fields.field(name).to_pylist() for name in _TIMES)
    names = metrics.field("name").to_pylist()
    temporality = metrics.field(kind).field("aggregation_temporality").to_pylist()
    for place, resource in enumerate(records.resource.tolist()):
        yield _Point(
            facts=facts[place],
            metric=names[place],
            scope=scopes[place],
            resource=resources[resource],
            value=values[place],
            start_ns=start_ns[place],
            end_ns=end_ns[place],
            delta=temporality[place] == _DELTA,
        )


def _values(points: pa.StructArray) -> list[float | None]:
    present = [name for name in _VALUES if points.type.get_field_index(name) >= 0]
    numbers = (points.field(name).cast(pa.float64(), safe=False) for name in present)
    values: list[float | None] = pc.coalesce(*numbers).to_pylist()
    return values


def _counted(point: _Point, metric: Metric) -> tuple[str, ...]:
    """Return the columns that a point counts for: none if its type is ignored or its value says nothing."""
    kind = point.facts.get(type_attribute(metric.types))
    if not _is_count(point.value) or (point.value == 0 and point.start_ns):
        return ()
    return counted_columns(metric.types, (kind and kind.text) or "")


def _is_count(value: float | None) -> bool:
    return value is not None and 0 <= value <= MAX_COUNT and value == int(value)


def _row(point: _Point, metric: Metric, columns: Columns, counted: tuple[str, ...]) -> dict[str, Any]:
    tokens = {name: int(point.value or 0) if name in counted else 0 for name in TOKEN_COLUMNS}
    never = metric.kind is Kind.COPY or read_role(columns) is not Role.LEAF
    return {
        **read_subject(columns, metric.provider),
        **point.resource.columns,
        **tokens,
        **_interval(point),
        "id": digest("point", point.series, point.start_ns, point.end_ns),
        "series": point.series.hex(),
        "context_tokens": tokens["input_tokens"],
        "scope": point.scope or None,
        "dialect": columns.dialect,
        "signal": "metric",
        "input_rule": "delta" if point.delta else "cumulative",
        "role": (Role.NEVER if never else Role.LEAF).value,
        "reason": NEVER_COUNTED if never else None,
    }


def _interval(point: _Point) -> dict[str, Any]:
    if point.start_ns == 0 or point.end_ns < point.start_ns:
        return {"timestamp": (point.start_ns or point.end_ns) // 1000, "duration_ms": None}
    return {"timestamp": point.start_ns // 1000, "duration_ms": (point.end_ns - point.start_ns) / 1e6}
