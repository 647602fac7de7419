"""Flatten spans and look at the rows."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from harness.otlp import SpanSpec, trace_bytes
from tokenlake_collector.decode.records import decode
from tokenlake_collector.flatten.spans import flatten_spans
from tokenlake_collector.signals import Signal


def flat_rows(*spans: SpanSpec, **options: Any) -> pa.Table:
    """Return the rows of one request with one resource and one scope, as accounting takes them."""
    return flatten_spans(decode(Signal.TRACES, [trace_bytes(*spans, **options)]), 1).rows


def rows_of(*spans: SpanSpec, **options: Any) -> list[dict[str, Any]]:
    """Return the rows of one request with one resource and one scope."""
    rows: list[dict[str, Any]] = flat_rows(*spans, **options).to_pylist()
    return rows


def row_of(attributes: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return the only row of one span with these attributes."""
    rows = rows_of(SpanSpec(attributes), **options)
    assert len(rows) == 1, rows
    return rows[0]
