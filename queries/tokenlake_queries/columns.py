"""The columns that a question may name, and the figures that every answer holds."""

from types import MappingProxyType
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]
"""One row of an answer: the grouped columns first, then the figures."""

GROUP_COLUMNS = (
    "endpoint_name",
    "model",
    "operation_type",
    "operation_detail",
    "user_id",
    "channel",
    "session_id",
    "service_name",
    "provider",
    "agent_name",
    "request_model",
    "error_type",
    "dialect",
    "signal",
)
"""The only identifiers that get into SQL text from outside; all are VARCHAR."""

ZEROS = MappingProxyType(
    {
        "calls": 0,
        "errors": 0,
        "input_tokens": 0,
        "output_tokens": 0,
        "total_tokens": 0,
        "cache_read_tokens": 0,
        "cache_creation_tokens": 0,
        "reasoning_tokens": 0,
        "estimated_cost": 0.0,
        "reported_cost": 0.0,
        "computed_cost": 0.0,
        "unpriced_calls": 0,
    }
)
"""The figures of nothing: counts and tokens are int, costs are USD as float.

``estimated_cost`` is what calls cost; ``reported_cost`` and ``computed_cost`` are the sides it comes from.
"""

TOKENS = tuple(name for name in ZEROS if name.endswith("_tokens"))
"""The figures that are sums of tokens, of any size."""
