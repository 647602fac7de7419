"""Metrics that count tokens: the tables points.csv and point_types.csv."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache

from tokenlake_collector.dialects.csv_table import csv_rows
from tokenlake_collector.dialects.events import Kind
from tokenlake_collector.dialects.markdown import code, markdown_table
from tokenlake_collector.dialects.signs import By, Sign
from tokenlake_collector.dialects.tables import ANY

_REMEMBERED = 4096
"""Metric names come from outside, so an unbounded cache would be a leak."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of points.csv."""

    dialect: str
    name: str
    sign: Sign
    types: str
    provider: str | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class PointType:
    """One row of point_types.csv: the columns that a point's value is added to, none if it is ignored."""

    types: str
    attribute: str
    value: str
    columns: tuple[str, ...]


@cache
def metrics() -> tuple[Metric, ...]:
    """Return the rows of points.csv in order of priority."""
    return tuple(_metric(row) for row in csv_rows("points"))


@lru_cache(_REMEMBERED)
def metrics_named(name: str) -> tuple[Metric, ...]:
    """Return the rows that may be about a metric of this name, in order of priority."""
    return tuple(metric for metric in metrics() if fnmatchcase(name, metric.name))


@cache
def point_types() -> tuple[PointType, ...]:
    """Return the rows of point_types.csv."""
    return tuple(
        PointType(row["types"], row["attribute"], row["value"], tuple(row["columns"].split("+")))
        if row["columns"]
        else PointType(row["types"], row["attribute"], row["value"], ())
        for row in csv_rows("point_types")
    )


@cache
def type_attribute(types: str) -> str:
    """Return the attribute that tells what a point counts; empty where the metric itself tells."""
    return next(row.attribute for row in point_types() if row.types == types)


@cache
def counted_columns(types: str, value: str) -> tuple[str, ...]:
    """Return the columns that a point of this type counts for; none for subsets, sums and what is unknown."""
    for row in point_types():
        if row.types == types and row.value in (value, ANY):
            return row.columns
    return ()


def document_points() -> str:
    """Return the part about metrics of the page about attributes, as Markdown."""
    shown = (
        (
            code(metric.dialect),
            code(metric.name),
            "" if metric.sign.by is By.NAME else f"{metric.sign.by} {code(metric.sign.pattern)}",
            code(metric.types),
            metric.kind.value,
        )
        for metric in metrics()
    )
    types = (
        (code(row.types), row.attribute and code(row.attribute), code(row.value), _columns(row))
        for row in point_types()
    )
    return "".join(
        [
            _POINTS,
            markdown_table(("dialect", "metric", "and", "types", "kind"), shown),
            _TYPES,
            markdown_table(("types", "attribute", "value", "counts for"), types),
        ]
    )


def _columns(row: PointType) -> str:
    return " + ".join(code(column) for column in row.columns) or "ignored: a part or a sum of others"


def _metric(row: dict[str, str]) -> Metric:
    return Metric(
        dialect=row["dialect"],
        name=row["metric"],
        sign=Sign(By(row["by"]), row["sign"]),
        types=row["types"],
        provider=row["provider"] or None,
        kind=Kind(row["kind"]),
    )


_POINTS = """
## Metric points

Metrics are the last resort: a point counts only where no span and no log record reports the same usage.
Sums, histograms (their sum) and exponential histograms are read, delta and cumulative. The first row that
fits decides; all other metrics are ignored.
"""
_TYPES = """
What a point counts, by its attribute. A count that lies beside the input or the output is added to it.
"""
