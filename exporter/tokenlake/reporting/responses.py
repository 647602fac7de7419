"""What a provider's answer says about the call: model, id, and the tokens, which genai-prices reads."""

import operator
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any, Final

from tokenlake.notices import warn_once
from tokenlake.reporting.shapes import CHAT_BESIDE_REASONING, COUNTS, SHAPES, Shape

_UNKNOWN: Final = (
    "an answer of type %s is of no known API: "
    "give record_usage model=, input_tokens= and output_tokens= instead"
)
_MISSING: Final = (
    "the tokens of an answer cannot be read: pip install 'tokenlake[responses]', "
    "or give record_usage input_tokens= and output_tokens="
)


def read_response(response: object) -> dict[str, object]:
    """Return what an answer says, as arguments of `record_usage`; never raises.

    Besides these, `response_model`, `provider` and `operation`. Counts are missing where the answer has none;
    what cannot be read is left out with a warning.

    Args:
        response: an answer of the provider's SDK, or its JSON as a dict.
    """
    try:
        shape = next((shape for shape in SHAPES if _matches(response, shape)), None)
        if shape is not None:
            return {**_identity(response, shape), **_counts(response, shape)}
        warn_once("response", _UNKNOWN, type(response).__name__)
    except Exception as error:  # noqa: BLE001  # an object's own attributes may raise anything
        warn_once("response", "an answer of type %s cannot be read: %r", type(response).__name__, error)
    return {}


def _matches(response: object, shape: Shape) -> bool:
    for path, expected in shape.marks.items():
        found = reduce(_field, path, response)
        if found is None or (expected is not None and found != expected):
            return False
    return True


def _identity(response: object, shape: Shape) -> dict[str, object]:
    return {
        "response_model": _field(response, shape.model),
        "response_id": _field(response, shape.response_id),
        "provider": shape.provider,
        "operation": shape.operation,
    }


def _counts(response: object, shape: Shape) -> dict[str, object]:
    usage = _field(response, shape.usage)
    if usage is None:
        return {}
    try:
        found = _extracted(shape, _plain(usage))
    except ImportError:
        warn_once("genai-prices", _MISSING)
    except Exception as error:  # noqa: BLE001  # whatever stands there, the call itself is recorded
        warn_once("usage", "the usage of a %s cannot be read: %r", type(response).__name__, error)
    else:
        return {argument: found[count] for count, argument in COUNTS.items() if count in found}
    return {}


def _extracted(shape: Shape, usage: Mapping[str, Any]) -> dict[str, Any]:
    from genai_prices import extract_usage  # noqa: PLC0415  # an extra, and a quarter of a second to load

    provider, flavor = CHAT_BESIDE_REASONING if _reasoning_is_beside(usage) else shape.extractor
    # Anthropic's totals leave out what compacting the conversation took; it is billed like the rest.
    compactions = [part for part in usage.get("iterations") or () if part.get("type") == "compaction"]
    reports = (
        # Without the model's name: genai-prices would only look it up, and refuse what it does not know.
        {shape.spelled(shape.usage): {shape.spelled(name): value for name, value in part.items()}}
        for part in (usage, *compactions)
    )
    found = (extract_usage(report, provider_id=provider, api_flavor=flavor).usage for report in reports)
    return vars(reduce(operator.add, found))


def _reasoning_is_beside(usage: Mapping[str, Any]) -> bool:
    """Whether the answer's own total adds reasoning to the completion tokens of a chat."""
    reasoning = _field(usage.get("completion_tokens_details"), "reasoning_tokens")
    if not isinstance(reasoning, int) or reasoning == 0:
        return False
    return bool(usage.get("total_tokens") == usage["prompt_tokens"] + usage["completion_tokens"] + reasoning)


def _field(value: object, name: str | int) -> object:
    """Return what a dict or an object has under a name, or a sequence in a place; else None."""
    if isinstance(name, int):
        return value[name] if isinstance(value, Sequence) and len(value) > name else None
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def _plain(value: Any) -> Any:
    """Return an object of a provider's SDK, or any other that has attributes, as a dict."""
    if isinstance(value, Mapping):
        return value
    if hasattr(value, "model_dump"):
        # Compatible servers send other types than the SDK expects, which is none of the agent's business.
        return value.model_dump(warnings=False)
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if hasattr(value, "__dict__"):
        return {name: _plain(part) for name, part in vars(value).items()}
    return value
