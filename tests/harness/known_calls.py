"""Three calls that are known to the last token, and where the tests of the terminal keep them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from harness.collector_process import CollectorProcess
from harness.otlp import SpanSpec, trace_bytes

READ, INGEST = "read-token-of-the-tests", "ingest-token-of-the-tests"

# 1,000 + 200 + 30 = 1,230 tokens; 0.30 + 0.10 = 0.40 USD, and 30 tokens without a known price.
CALLS = (
    ("gpt-5", "ann", "telegram", 900, 100, 0.30),
    ("gpt-5-mini", "ben", "web", 150, 50, 0.10),
    ("house-model", None, "web", 20, 10, None),
)
"""Model, user, channel, input tokens, output tokens, USD."""


@dataclass(frozen=True, slots=True)
class Ledgers:
    """The same three calls twice."""

    file: Path
    collector: CollectorProcess


def spans(start_ns: int) -> Iterator[SpanSpec]:
    """Yield a span for each of the calls, all of them beginning at one time."""
    for number, (model, user, channel, input_tokens, output_tokens, cost) in enumerate(CALLS, start=1):
        given = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "house",
            "gen_ai.request.model": model,
            "gen_ai.usage.input_tokens": input_tokens,
            "gen_ai.usage.output_tokens": output_tokens,
            "gen_ai.conversation.id": f"session-{number}",
            "user.id": user,
            "tokenlake.channel": channel,
            "tokenlake.estimated_cost": cost,
        }
        attributes = {key: value for key, value in given.items() if value is not None}
        yield SpanSpec(attributes, span_id=number, trace_id=number, start_ns=start_ns)


def send(collector: CollectorProcess, *sent: SpanSpec) -> None:
    """Send spans to a collector without tokens, and wait for the commit."""
    headers = {"Content-Type": "application/x-protobuf"}
    url = f"{collector.http}/v1/traces"
    httpx.post(url, content=trace_bytes(*sent), headers=headers).raise_for_status()
