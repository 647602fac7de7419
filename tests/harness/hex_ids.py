"""Ids as OTLP/JSON writes them."""

from __future__ import annotations

import base64
from typing import Any

_IDS = ("traceId", "spanId", "parentSpanId")


def hex_ids(node: Any) -> Any:
    """Turn the base64 ids of protobuf's JSON into OTLP's hexadecimal ones."""
    if isinstance(node, dict):
        return {
            key: base64.b64decode(value).hex() if key in _IDS else hex_ids(value)
            for key, value in node.items()
        }
    return [hex_ids(item) for item in node] if isinstance(node, list) else node
