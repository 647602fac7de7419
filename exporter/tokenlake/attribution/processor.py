"""The span processor that stamps the tracking context."""

from collections.abc import Mapping
from typing import Final, cast

from opentelemetry.context import Context
from opentelemetry.sdk.trace import Span, SpanProcessor
from opentelemetry.util.types import AttributeValue

from tokenlake import attributes as keys
from tokenlake.attribution.context import EMPTY, TokenTrackingContext, get_tracking_context
from tokenlake.notices import warn_once
from tokenlake.reporting.amounts import INT32_MAX, whole

# On every span these would make each HTTP request inside the context look like a model call.
_REFUSED_PREFIXES: Final = (keys.OPERATION_NAME, keys.USAGE_PREFIX)

_NOT_STAMPED: Final = "the tracking context is not stamped: %r"

# The instrumentation scope of `record_usage`, which sets the context's attributes itself.
_OUR_SCOPE: Final = "tokenlake"


class TokenTrackingProcessor(SpanProcessor):
    """Stamps the current tracking context on every span that starts inside it, whoever starts it.

    `init_token_tracking` adds one; add it yourself to a provider that is none of its business. Stamping
    happens when the span starts, so the order of processors does not matter. An attribute that the span
    already has stays as it is; a session other than its own conversation stands beside it.
    """

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Stamp the context of the thread or task that starts the span; never raises."""
        context = get_tracking_context(parent_context)
        if context is EMPTY:
            return
        try:
            scope = span.instrumentation_scope
            if scope is None or scope.name != _OUR_SCOPE:
                _stamp(span, context)
        except Exception as error:  # noqa: BLE001  # whatever a caller put into the context, the agent goes on
            warn_once("stamping", _NOT_STAMPED, error)


def _stamp(span: Span, context: TokenTrackingContext) -> None:
    # A copy, because the SDK's view raises and catches an exception for each key that it does not have.
    present = cast("dict[str, AttributeValue]", span.attributes).copy()
    for key, value in (context.stamped or _made(context)).items():
        if key not in present:
            span.set_attribute(key, value)
        elif key == keys.CONVERSATION_ID and present[key] != value:
            # pydantic-ai makes up an id for each run: the one that the agent's author set says more.
            span.set_attribute(keys.SESSION_ID, value)


def stamped_attributes(context: TokenTrackingContext) -> Mapping[str, str | int]:
    """Return the span attributes of a context; none, with a warning, of nonsense."""
    try:
        return context.stamped or _made(context)
    except Exception as error:  # noqa: BLE001  # whatever a caller put into the context, the agent goes on
        warn_once("stamping", _NOT_STAMPED, error)
        return {}


def _made(context: TokenTrackingContext) -> Mapping[str, str | int]:
    """Make the span attributes of a context, once for the many spans that it is stamped on."""
    stamped = _context_attributes(context)
    object.__setattr__(context, "stamped", stamped)
    return stamped


def _context_attributes(context: TokenTrackingContext) -> dict[str, str | int]:
    """Return the span attributes of a context; what is not set, or cannot be an attribute, is left out."""
    fields = {
        keys.CONVERSATION_ID: text(context.session_id),
        keys.USER_ID: text(context.user_id),
        keys.CHANNEL: text(context.channel),
        keys.OPERATION_TYPE: text(context.operation_type),
        keys.OPERATION_DETAIL: text(context.operation_detail),
        keys.ENDPOINT_NAME: text(context.endpoint_name),
        keys.ITERATION: whole("iteration", context.iteration, INT32_MAX),
    }
    named = {key: value for key, value in fields.items() if value is not None}
    return {**_extra_attributes(context), **named}


def text(value: object) -> str | None:
    """Return the value as a string; None, the empty string and what has no string all mean not given."""
    if value is None:
        return None
    if type(value) is str:
        return value or None
    try:
        return str(value) or None
    except Exception as error:  # noqa: BLE001  # a caller's own __str__ may raise anything
        warn_once("text", "a value of type %s is dropped: %r", type(value).__name__, error)
        return None


def _extra_attributes(context: TokenTrackingContext) -> dict[str, str | int]:
    extra: dict[str, str | int] = {}
    for key, value in (context.attributes or {}).items():
        name, value_text = text(key), text(value)
        if name is None or name.startswith(_REFUSED_PREFIXES):
            warn_once("attributes", "attribute %r is dropped: it cannot be set on every span", key)
        elif value_text is not None:
            extra[name] = value_text
    return extra
