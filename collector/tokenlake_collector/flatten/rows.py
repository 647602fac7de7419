"""The columns of a flattened batch: those of token_usage, and what the verdict needs besides."""

from __future__ import annotations

import pyarrow as pa

ROW_SCHEMA = pa.schema(
    [
        ("id", pa.uuid()),
        ("timestamp", pa.timestamp("us")),
        ("session_id", pa.string()),
        ("endpoint_name", pa.string()),
        ("model", pa.string()),
        ("operation_type", pa.string()),
        ("operation_detail", pa.string()),
        ("input_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
        ("cache_creation_tokens", pa.int64()),
        ("cache_read_tokens", pa.int64()),
        ("context_tokens", pa.int64()),
        ("iteration", pa.int32()),
        ("channel", pa.string()),
        ("user_id", pa.string()),
        ("estimated_cost", pa.float64()),
        ("reported_cost", pa.float64()),
        ("reasoning_tokens", pa.int64()),
        ("request_model", pa.string()),
        ("provider", pa.string()),
        ("response_id", pa.string()),
        ("service_name", pa.string()),
        ("agent_name", pa.string()),
        ("error_type", pa.string()),
        ("duration_ms", pa.float64()),
        ("trace_id", pa.uuid()),
        ("span_id", pa.uint64()),
        ("parent_span_id", pa.uint64()),
        ("dialect", pa.string()),
        ("signal", pa.string()),
        ("input_rule", pa.string()),
        ("attributes", pa.string()),
        ("reason", pa.string()),
    ]
)
"""`reason` says why a row is not counted; NULL is a counted row. Columns that are not here (computed_cost,
counted_id) take their default."""


def empty_rows() -> pa.Table:
    """Return a batch without rows."""
    return ROW_SCHEMA.empty_table()
