"""Who and what the model calls of this thread or task are for."""

import logging
from collections.abc import Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from typing import Final

from opentelemetry.context import Context, create_key, get_value

_logger = logging.getLogger("tokenlake")


@dataclass(frozen=True, slots=True)
class TokenTrackingContext:
    """What is stamped on every span that starts while this context is set; None stamps nothing.

    Attributes:
        session_id: the conversation (`gen_ai.conversation.id`).
        user_id: the person or account (`user.id`).
        channel: where the request came from: telegram, web, … (`tokenlake.channel`).
        operation_type: what the calls are for (`tokenlake.operation.type`).
        operation_detail: the same, finer (`tokenlake.operation.detail`).
        endpoint_name: where the calls go (`tokenlake.endpoint.name`).
        iteration: step of the agent loop, 0 or more (`tokenlake.iteration`).
        attributes: further attributes under the caller's own keys, such as tenant and team; copied.
    """

    session_id: str | None = None
    user_id: str | None = None
    channel: str | None = None
    operation_type: str | None = None
    operation_detail: str | None = None
    endpoint_name: str | None = None
    iteration: int | None = None
    attributes: Mapping[str, str] | None = field(default=None, hash=False)
    # What the processor makes of it, once: the same context is stamped on many spans.
    stamped: Mapping[str, str | int] | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # A caller that goes on using its dict must not change spans of other tasks.
        if self.attributes is not None:
            object.__setattr__(self, "attributes", dict(self.attributes))

    def overridden_by(self, inner: "TokenTrackingContext") -> "TokenTrackingContext":
        """Return this context with every field that the inner one sets; attributes are merged key by key."""
        return TokenTrackingContext(
            session_id=_chosen(inner.session_id, self.session_id),
            user_id=_chosen(inner.user_id, self.user_id),
            channel=_chosen(inner.channel, self.channel),
            operation_type=_chosen(inner.operation_type, self.operation_type),
            operation_detail=_chosen(inner.operation_detail, self.operation_detail),
            endpoint_name=_chosen(inner.endpoint_name, self.endpoint_name),
            iteration=inner.iteration if inner.iteration is not None else self.iteration,
            attributes={**(self.attributes or {}), **(inner.attributes or {})} or None,
        )


EMPTY = TokenTrackingContext()

# A variable of our own, not an entry in OTel's context: resetting that one would also reset the current
# span when an agent starts a span between set and reset.
_current: ContextVar[TokenTrackingContext] = ContextVar("tokenlake_context", default=EMPTY)

# What holds for every call of this process, under all that is set (the environment of zero code).
_process = EMPTY

RECEIVED: Final = create_key("tokenlake-received")
"""Where OTel's context keeps what the request in work brought along; it belongs to that request's spans."""


def set_tracking_context(context: TokenTrackingContext) -> Token[TokenTrackingContext]:
    """Replace the whole context of this thread or asyncio task; tasks started from here inherit it.

    Returns:
        What `reset_tracking_context` takes to bring the previous context back.
    """
    return _current.set(_over_process(context))


def reset_tracking_context(token: Token[TokenTrackingContext]) -> None:
    """Bring back the context that was set before the token's.

    A token that was used already, or that another thread or task made, changes nothing and is logged.
    """
    try:
        _current.reset(token)
    except (ValueError, RuntimeError) as error:
        _logger.warning("the tracking context is left as it is: %s", error)


def get_tracking_context(otel_context: Context | None = None) -> TokenTrackingContext:
    """Return the context of this thread or asyncio task; the empty one when none is set.

    In a service that receives baggage, what the request brought along stands in where none is set.

    Args:
        otel_context: the OTel context whose request is meant; default: the current one.
    """
    context = _current.get()
    if context is not EMPTY:
        return context
    received = get_value(RECEIVED, otel_context)
    return _over_process(received) if isinstance(received, TokenTrackingContext) else _process


def set_process_context(context: TokenTrackingContext) -> None:
    """Put a context under all that is set from now on in this process: it fills what they leave out."""
    global _process  # noqa: PLW0603  # one process, one value
    _process = EMPTY if context == EMPTY else context


def _over_process(context: TokenTrackingContext) -> TokenTrackingContext:
    return context if _process is EMPTY else _process.overridden_by(context)


def _chosen(inner: str | None, outer: str | None) -> str | None:
    return inner if inner is not None else outer
