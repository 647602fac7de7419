"""The span that is sent to a collector: a model call without usage.

Such a call is kept beside the table with the reason `no_usage`: it can be looked up like any other, and no
sum, no number of calls and no share of errors ever changes.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

SERVICE = "tokenlake-doctor"

_DURATION_MS = 1.5
_CALL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": SERVICE,
    "gen_ai.request.model": SERVICE,
}


@dataclass(frozen=True, slots=True)
class Probe:
    """One span of its own trace, which begins now (nanoseconds since 1970)."""

    trace_id: str = field(default_factory=lambda: secrets.token_hex(16))
    start_ns: int = field(default_factory=lambda: time.time_ns() // 1_000 * 1_000)

    def request(self) -> bytes:
        """Return it as an OTLP/JSON export request."""
        span = {
            "traceId": self.trace_id,
            "spanId": secrets.token_hex(8),
            "name": f"chat {SERVICE}",
            "kind": 3,
            "startTimeUnixNano": str(self.start_ns),
            "endTimeUnixNano": str(self.start_ns + int(_DURATION_MS * 1_000_000)),
            "attributes": _attributes(_CALL),
        }
        scope = {"scope": {"name": SERVICE}, "spans": [span]}
        resource = {"attributes": _attributes({"service.name": SERVICE})}
        return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}).encode()

    def expected(self) -> dict[str, Any]:
        """Return what a collector must say of it."""
        start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.start_ns // 1_000)
        return {
            "start": start.replace(tzinfo=None).isoformat(),
            "duration_ms": _DURATION_MS,
            "model": SERVICE,
            "reported": {"input_tokens": 0, "output_tokens": 0},
        }


def _attributes(values: dict[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]
