"""What the providers' own SDKs return, in `record_usage`: each test needs the SDK that its name says."""

from __future__ import annotations

from typing import Any

import pytest

from harness.answers import ANSWERS
from harness.tracked_spans import tracked_spans
from tokenlake import record_usage

pytestmark = [pytest.mark.integrations, pytest.mark.filterwarnings("default")]

TYPES = {
    "openai chat completion": ("openai.types.chat", "ChatCompletion"),
    "openai last chunk": ("openai.types.chat", "ChatCompletionChunk"),
    "openai response": ("openai.types.responses", "Response"),
    "openai embeddings": ("openai.types", "CreateEmbeddingResponse"),
    "anthropic message": ("anthropic.types", "Message"),
    "anthropic message after compaction": ("anthropic.types.beta", "BetaMessage"),
    "gemini": ("google.genai.types", "GenerateContentResponse"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_an_sdk_returns_says_what_its_json_says(name: str) -> None:
    """The object, its model_dump in Python's names, and its JSON give the same span."""
    module, type_name = TYPES[name]
    pytest.importorskip("genai_prices")
    answer = getattr(pytest.importorskip(module), type_name).model_validate(ANSWERS[name].body)

    expected = ANSWERS[name].attributes

    assert expected == recorded(answer)
    assert expected == recorded(answer.model_dump())
    assert expected == recorded(answer.model_dump(mode="json", by_alias=True, exclude_none=True))


def recorded(response: Any) -> dict[str, Any]:
    """Return the attributes of the one span that a call of record_usage makes."""
    with tracked_spans() as (_, finished):
        record_usage(response)
        [span] = finished.get_finished_spans()
        return dict(span.attributes or {})
