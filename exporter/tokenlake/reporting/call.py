"""How one model call reads as a span: the arguments of `record_usage` by name, and their attributes."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from tokenlake import attributes as keys
from tokenlake.attribution.processor import text
from tokenlake.reporting.amounts import INT32_MAX, real, whole

# The conventions' names for one call of a model. Names of containers (invoke_agent, execute_tool, …) are not
# here: under such a name the call would count as a summary of other calls.
_MODEL_CALLS: Final = frozenset({"chat", "embeddings", "generate_content", "text_completion"})

# Key and check of every argument that is an attribute; provider and response_model only an answer says.
_ATTRIBUTES: Final[Mapping[str, tuple[str, Callable[[object], str | float | None]]]] = {
    "provider": (keys.PROVIDER_NAME, text),
    "model": (keys.REQUEST_MODEL, text),
    "response_model": (keys.RESPONSE_MODEL, text),
    "response_id": (keys.RESPONSE_ID, text),
    "endpoint_name": (keys.ENDPOINT_NAME, text),
    "operation_type": (keys.OPERATION_TYPE, text),
    "operation_detail": (keys.OPERATION_DETAIL, text),
    "session_id": (keys.CONVERSATION_ID, text),
    "user_id": (keys.USER_ID, text),
    "channel": (keys.CHANNEL, text),
    "error_type": (keys.ERROR_TYPE, text),
    "input_tokens": (keys.INPUT_TOKENS, partial(whole, "input_tokens")),
    "output_tokens": (keys.OUTPUT_TOKENS, partial(whole, "output_tokens")),
    "cache_read_tokens": (keys.CACHE_READ_TOKENS, partial(whole, "cache_read_tokens")),
    "cache_creation_tokens": (keys.CACHE_CREATION_TOKENS, partial(whole, "cache_creation_tokens")),
    "reasoning_tokens": (keys.REASONING_TOKENS, partial(whole, "reasoning_tokens")),
    "context_tokens": (keys.CONTEXT_TOKENS, partial(whole, "context_tokens")),
    "iteration": (keys.ITERATION, partial(whole, "iteration", limit=INT32_MAX)),
    "estimated_cost": (keys.ESTIMATED_COST, partial(real, "estimated_cost", unit="USD")),
}


def call_attributes(call: Mapping[str, object], context: Mapping[str, str | float]) -> dict[str, str | float]:
    """Return the attributes of a call; what cannot be right is left out, with a warning.

    Args:
        call: arguments of `record_usage`, and what the answer says; None means not given.
        context: the attributes of the tracking context, for what the call leaves out.
    """
    attributes = {**context}
    for name, value in call.items():
        if value is None or name not in _ATTRIBUTES:
            continue
        key, check = _ATTRIBUTES[name]
        checked = check(value)
        if checked is not None:
            attributes[key] = checked
    attributes[keys.OPERATION_NAME] = _operation_name(call, attributes)
    return attributes


def _operation_name(call: Mapping[str, object], attributes: Mapping[str, str | float]) -> str:
    """Return the caller's operation type where it is a model call, else the answer's, else the context's."""
    answered = str(call.get("operation", "chat"))
    if "operation" in call and call["operation_type"] is None:
        return answered
    told = attributes.get(keys.OPERATION_TYPE)
    return str(told) if told in _MODEL_CALLS else answered
