"""Reporting a model call by hand."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer

from tokenlake import attributes as keys
from tokenlake.attribution.context import get_tracking_context
from tokenlake.attribution.processor import stamped_attributes
from tokenlake.lifetime.tracking import current_tracer
from tokenlake.notices import warn_once
from tokenlake.reporting.call import call_attributes
from tokenlake.reporting.moments import span_times
from tokenlake.reporting.responses import read_response

# What a call without an answer used, where its caller gives no counts.
_NO_TOKENS: Final[Mapping[str, object]] = {"input_tokens": 0, "output_tokens": 0}


def record_usage(
    response: object = None,
    /,
    *,
    model: str | None = None,
    endpoint_name: str | None = None,
    input_tokens: int | None = None,
    output_tokens: int | None = None,
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
    """Report one model call; what is left out comes from the answer, then from the tracking context.

    It becomes one finished client span with the standard `gen_ai.*` attributes, a child of the current span
    where there is one. Before `init_token_tracking` it does nothing and warns once. It never raises: a value
    that cannot be right (negative, NaN, a boolean, a fraction of a token) is dropped with a warning. So is an
    answer that cannot be read: the call is recorded without it.

    Args:
        response: what the provider answered: OpenAI's chat completion, completion, response or embeddings,
            Anthropic's message, Gemini's generate_content, as the SDK's object or as a dict; of a stream the
            message that the SDK puts together, or OpenAI's last chunk. It needs `tokenlake[responses]`. An
            answer without usage leaves the counts open: the call is kept, but not counted.
        model: the model asked for; kept beside the one that the answer names.
        endpoint_name: where the call went, in your own words; an answer only shows whose API it was.
        input_tokens: ALL prompt tokens, cached ones included; default: as answered, 0 without an answer.
            Anthropic's own `input_tokens` leaves the cached ones out: add `cache_read_input_tokens` and
            `cache_creation_input_tokens` to it. From an answer this is done for you.
        output_tokens: all completion tokens, reasoning included; default: as answered, 0 without an answer.
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


def _report(arguments: dict[str, object]) -> None:
    """Emit a call from the parameters of `record_usage`."""
    tracer = current_tracer()
    if tracer is None:
        warn_once("not initialised", "record_usage does nothing: call tokenlake.init_token_tracking() first")
        return
    try:
        _complete(arguments)
        _emit(tracer, arguments)
    except Exception as error:  # noqa: BLE001  # another product's span processor may raise; the agent goes on
        warn_once("record_usage", "a model call was not recorded: %r", error)


def _complete(call: dict[str, object]) -> None:
    """Fill in what the caller does not say from the provider's answer; without one it used no tokens."""
    response = call["response"]
    known = _NO_TOKENS if response is None else read_response(response)
    for name, value in known.items():
        if call.get(name) is None:
            call[name] = value


def _emit(tracer: Tracer, call: Mapping[str, object]) -> None:
    # The context's attributes too: given at the start they cost half of what the processor needs.
    attributes = call_attributes(call, stamped_attributes(get_tracking_context()))
    operation = str(attributes[keys.OPERATION_NAME])
    model = attributes.get(keys.REQUEST_MODEL) or attributes.get(keys.RESPONSE_MODEL)
    start_ns, end_ns = span_times(call["start_time"], call["duration_ms"], time.time_ns())
    span = tracer.start_span(
        f"{operation} {model}" if model else operation,
        kind=SpanKind.CLIENT,
        attributes=attributes,
        start_time=start_ns,
    )
    if keys.ERROR_TYPE in attributes:
        span.set_status(Status(StatusCode.ERROR))
    span.end(end_time=end_ns)
