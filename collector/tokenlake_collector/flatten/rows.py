"""The columns of a flattened batch: those of token_usage, and what the verdict needs besides."""

from __future__ import annotations

from functools import cache

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
        ("role", pa.string()),
        ("scope", pa.string()),
        ("span_kind", pa.int8()),
        ("request_id", pa.string()),
        ("service_instance", pa.string()),
        ("series", pa.string()),
        ("flags", pa.string()),
        ("resource_session_id", pa.string()),
        ("reason", pa.string()),
    ]
)
"""What a record says of itself. `reason` says why it can never be counted (nothing is billed, no usage).
`series` is set for metric points, whose `input_rule` is their temporality. `flags` are words, separated by
commas, that make a row doubtful. `resource_session_id` counts only where no ancestor has a session."""

RELATIVE_SCHEMA = pa.schema(
    [
        ("trace_id", pa.uuid()),
        ("span_id", pa.uint64()),
        ("parent_span_id", pa.uint64()),
        ("timestamp", pa.timestamp("us")),
        ("end_timestamp", pa.timestamp("us")),
        ("role", pa.string()),
        ("session_id", pa.string()),
        ("user_id", pa.string()),
        ("channel", pa.string()),
        ("operation_detail", pa.string()),
    ]
)
"""A span that is no report of usage: what its descendants need of it."""


@cache
def empty_rows() -> pa.Table:
    """Return a batch without rows."""
    return ROW_SCHEMA.empty_table()


@cache
def empty_relatives() -> pa.Table:
    """Return a batch without relatives."""
    return RELATIVE_SCHEMA.empty_table()
