"""The answers that providers' APIs give: how each is told from the others, and where in it things stand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final


def _as_is(name: str) -> str:
    return name


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


@dataclass(frozen=True, slots=True)
class Shape:
    """The answers of one API.

    Attributes:
        marks: paths into the answer, and what must stand there; None is anything but None.
        provider: whose API it is, by the conventions' name. Many servers speak the API of another provider:
            what an answer shows is the interface, not who gave it.
        operation: the conventions' name of the operation.
        extractor: the provider and the flavor of its API by which genai-prices reads the usage.
        usage: the name of the usage in the answer.
        model: the name of the model that answered.
        response_id: the name of the answer's id.
        spelled: turns a name in the usage into the one that genai-prices knows.
    """

    marks: Mapping[tuple[str | int, ...], str | None]
    provider: str
    operation: str
    extractor: tuple[str, str]
    usage: str = "usage"
    model: str = "model"
    response_id: str = "id"
    spelled: Callable[[str], str] = _as_is


_CHAT: Final = ("openai", "chat")
# xAI's chat completions are OpenAI's but for the reasoning, which its completion tokens leave out.
CHAT_BESIDE_REASONING: Final = ("x-ai", "chat")

_GEMINI_JSON: Final = Shape(
    {("usageMetadata",): None},
    provider="gcp.gemini",
    operation="generate_content",
    extractor=("google", "default"),
    usage="usageMetadata",
    model="modelVersion",
    response_id="responseId",
)
_GEMINI_PYTHON: Final = replace(
    _GEMINI_JSON,
    # LangChain's messages have a usage_metadata too, with names of its own.
    marks={("usage_metadata", "prompt_token_count"): None},
    usage="usage_metadata",
    model="model_version",
    response_id="response_id",
    spelled=_camel,
)

SHAPES: Final = (
    Shape({("object",): "chat.completion"}, "openai", "chat", _CHAT),
    Shape({("object",): "chat.completion.chunk"}, "openai", "chat", _CHAT),
    Shape({("object",): "text_completion"}, "openai", "text_completion", _CHAT),
    Shape({("object",): "response"}, "openai", "chat", ("openai", "responses")),
    Shape({("data", 0, "object"): "embedding"}, "openai", "embeddings", ("openai", "embeddings")),
    Shape({("type",): "message", ("usage",): None}, "anthropic", "chat", ("anthropic", "default")),
    _GEMINI_JSON,
    _GEMINI_PYTHON,
    replace(_GEMINI_PYTHON, marks={("model_version",): None}),  # an answer without usage
)

# The counts of genai-prices, and the arguments of `record_usage`. Both mean all prompt tokens and all
# completion tokens: genai-prices adds Anthropic's cache, and Gemini's tool prompts and thoughts.
COUNTS: Final[Mapping[str, str]] = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_tokens": "cache_read_tokens",
    "cache_write_tokens": "cache_creation_tokens",
    "output_reasoning_tokens": "reasoning_tokens",
}
