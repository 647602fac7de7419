"""Records as users of other tools sent them when their figures came out wrong, and the figures of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.captures import Request
from harness.otlp import NOON_NS, SpanSpec, trace_request
from harness.otlp_logs import LogSpec, log_bytes
from harness.table import store_recorded, totals
from tokenlake_collector.signals import Signal
from tokenlake_collector.storage.ledger import Ledger

_SECOND_NS = 1_000_000_000


def span(
    number: int,
    parent: int,
    attributes: Mapping[str, Any],
    *,
    start: float = 0,
    end: float = 10,
    scope: str = "",
    version: str = "",
    resource: Mapping[str, Any] | None = None,
    **told: Any,
) -> Request:
    """Return a request with one span; times in seconds."""
    spec = SpanSpec(
        attributes,
        span_id=number,
        parent_id=parent,
        start_ns=NOON_NS + round(start * _SECOND_NS),
        duration_ns=round((end - start) * _SECOND_NS),
        **told,
    )
    request = trace_request(spec, scope=scope, scope_version=version, resource=resource)
    return Request(Signal.TRACES, request.SerializeToString())


def log(
    attributes: Mapping[str, Any],
    body: str = "",
    *,
    at: float = 0,
    scope: str = "",
    resource: Mapping[str, Any] | None = None,
    **told: Any,
) -> Request:
    """Return a request with one log record; `at` in seconds."""
    spec = LogSpec(attributes, body or None, time_ns=NOON_NS + round(at * _SECOND_NS), **told)
    return Request(Signal.LOGS, log_bytes(spec, scope=scope, resource=resource))


def usage(*requests: Request) -> dict[str, int]:
    """Store the requests, the last one first as children and their parents arrive, and return the totals.

    Each is a transaction of its own. Names are short: calls, errors, input, output, read, written, reasoning;
    what is 0 is left out.
    """
    ledger = Ledger.open(":memory:")
    store_recorded(ledger, requests[::-1])
    found = totals(ledger)
    ledger.close()
    short = {
        "calls": "calls",
        "errors": "errors",
        "input_tokens": "input",
        "output_tokens": "output",
        "cache_read_tokens": "read",
        "cache_creation_tokens": "written",
        "reasoning_tokens": "reasoning",
    }
    return {name: found[column] for column, name in short.items() if found[column]}


def genai(operation: str, counts: tuple[int, int] | None = None, **told: Any) -> dict[str, Any]:
    """Return standard attributes: an operation, input and output; `told` has keys without `gen_ai.`."""
    counted = {}
    if counts is not None:
        counted = {"gen_ai.usage.input_tokens": counts[0], "gen_ai.usage.output_tokens": counts[1]}
    others = {f"gen_ai.{key.replace('__', '.')}": value for key, value in told.items()}
    return {"gen_ai.operation.name": operation} | counted | others


def openinference(kind: str, counts: tuple[int, int] | None = None, **told: int) -> dict[str, Any]:
    """Return OpenInference attributes: a kind, prompt and completion, and token counts by their last name."""
    counted: dict[str, Any] = {}
    if counts is not None:
        counted = {"llm.token_count.prompt": counts[0], "llm.token_count.completion": counts[1]}
    names = {
        "read": "prompt_details.cache_read",
        "written": "prompt_details.cache_write",
        "reasoning": "completion_details.reasoning",
        "total": "total",
    }
    others = {f"llm.token_count.{names[key]}": value for key, value in told.items()}
    return {"openinference.span.kind": kind} | counted | others
