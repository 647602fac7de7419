"""Reporting a model call by hand."""

import time
from datetime import datetime
from typing import Any

from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer

from tokenlake.call import ModelCall
from tokenlake.moments import span_times
from tokenlake.notices import warn_once
from tokenlake.processor import text
from tokenlake.tracking import current_tracer


def record_usage(
    *,
    model: str | None = None,
    endpoint_name: str | None = None,
    input_tokens: int | None = 0,
    output_tokens: int | None = 0,
    cache_read_tokens: int | None = None,
    cache_creation_tokens: int | None = None,
    reasoning_tokens: int | None = None,
    context_tokens: int | None = None,
    iteration: int | None = None,
    operation_type: str | None = None,
    operation_detail: str | None = None,
    estimated_cost: float | None = None,
    session_id: str | None = None,
    user_id: str | None = None,
    channel: str | None = None,
    response_id: str | None = None,
    error_type: str | None = None,
    start_time: datetime | None = None,
    duration_ms: float | None = None,
) -> None:
    """Report one model call; what is left out comes from the tracking context.

    It becomes one finished client span with the standard `gen_ai.*` attributes, a child of the current span
    where there is one. Before `init_token_tracking` it does nothing and warns once. It never raises: a value
    that cannot be right (negative, NaN, a boolean, a fraction of a token) is dropped with a warning.

    Args:
        model: the model asked for.
        endpoint_name: where the call went, in your own words.
        input_tokens: ALL prompt tokens, cached ones included. Anthropic's own `input_tokens` leaves the
            cached ones out: add `cache_read_input_tokens` and `cache_creation_input_tokens` to it.
        output_tokens: all completion tokens, reasoning included.
        cache_read_tokens: the part of input_tokens that was read from the cache.
        cache_creation_tokens: the part of input_tokens that was written to the cache.
        reasoning_tokens: the part of output_tokens that was reasoning.
        context_tokens: how full the context window was, in tokens.
        iteration: step of the agent loop, 0 or more.
        operation_type: what the call was for; `embeddings`, `generate_content` and `text_completion` also
            become the conventions' operation name, which is `chat` otherwise.
        operation_detail: the same, finer.
        estimated_cost: what the call cost in USD, where you know it.
        session_id: the conversation.
        user_id: the person or account.
        channel: where the request came from.
        response_id: the provider's id of the answer.
        error_type: class of the error when the call failed; gives the span the status ERROR.
        start_time: when the call started, with a time zone; default: duration_ms before now.
        duration_ms: how long the call took, in milliseconds; default: from start_time until now.
    """
    _report(locals())


def _report(arguments: dict[str, Any]) -> None:
    """Emit a call from the parameters of `record_usage`, which are the fields of `ModelCall`."""
    tracer = current_tracer()
    if tracer is None:
        warn_once("not initialised", "record_usage does nothing: call tokenlake.init_token_tracking() first")
        return
    try:
        _emit(tracer, ModelCall(**arguments))
    except Exception as error:  # noqa: BLE001  # another product's span processor may raise; the agent goes on
        warn_once("record_usage", "a model call was not recorded: %r", error)


def _emit(tracer: Tracer, call: ModelCall) -> None:
    model = text(call.model)
    start_ns, end_ns = span_times(call.start_time, call.duration_ms, time.time_ns())
    span = tracer.start_span(
        f"{call.operation_name} {model}" if model else call.operation_name,
        kind=SpanKind.CLIENT,
        attributes=call.attributes(),
        start_time=start_ns,
    )
    if text(call.error_type):
        span.set_status(Status(StatusCode.ERROR))
    span.end(end_time=end_ns)
