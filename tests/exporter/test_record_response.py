"""`record_usage(response)`: providers' answers in their documented form, and what must arrive on the span."""

import sys
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from pydantic import BaseModel, ConfigDict

from harness.answers import ANSWERS, Answer
from harness.tracked_spans import tracked_spans
from tokenlake import notices, record_usage, tracking_context

CHAT = ANSWERS["openai chat completion"]


@pytest.fixture(autouse=True)
def fresh_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "_seen", set())


def recorded(response: object, **usage: Any) -> ReadableSpan:
    """Return the one span that a call of record_usage makes."""
    with tracked_spans() as (_, finished):
        record_usage(response, **usage)
        [span] = finished.get_finished_spans()
        return span


def attributes_of(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_in_json_says_all_of_the_call(answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    """All prompt tokens, all completion tokens, their parts, model, id, provider and operation."""
    assert answer.attributes == attributes_of(recorded(answer.body))
    assert not caplog.messages


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_with_attributes_says_the_same(answer: Answer) -> None:
    """Objects are read like their JSON, however deep."""
    assert answer.attributes == attributes_of(recorded(answer.as_object()))


def test_gemini_in_python_is_spelled_with_underscores() -> None:
    """The SDK's names, which its model_dump keeps: 700 + 20 prompt tokens, 50 + 8 completion tokens."""
    usage = {
        "prompt_token_count": 700,
        "tool_use_prompt_token_count": 20,
        "candidates_token_count": 50,
        "thoughts_token_count": 8,
        "cached_content_token_count": None,
    }
    span = recorded({"model_version": "gemini-2.5-pro", "response_id": "r-1", "usage_metadata": usage})

    expected = {
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.response.model": "gemini-2.5-pro",
        "gen_ai.response.id": "r-1",
        "gen_ai.usage.input_tokens": 720,
        "gen_ai.usage.output_tokens": 58,
        "gen_ai.usage.reasoning.output_tokens": 8,
    }

    assert expected == attributes_of(span)


def test_what_a_model_of_pydantic_does_not_know_is_read_too() -> None:
    """An SDK older than the provider's API keeps new fields as extras; wrong types bring no warning."""

    class Usage(BaseModel):
        model_config = ConfigDict(extra="allow")
        prompt_tokens: int
        service_tier: str | None = None

    class Completion(BaseModel):
        object: str = "chat.completion"
        model: str = "gpt-5"
        usage: Usage

    fields = {"prompt_tokens": 10, "completion_tokens": 5, "service_tier": 7}
    usage = Usage.model_construct(None, **fields, prompt_tokens_details={"cached_tokens": 4})
    attributes = attributes_of(recorded(Completion.model_construct(usage=usage)))

    expected = (10, 5, 4)

    assert expected == (
        attributes["gen_ai.usage.input_tokens"],
        attributes["gen_ai.usage.output_tokens"],
        attributes["gen_ai.usage.cache_read.input_tokens"],
    )


def test_reasoning_beside_the_completion_is_added_when_the_total_says_so() -> None:
    """xAI: 32 + 9 + 194 = 235 tokens in total, so 9 + 194 = 203 are output."""
    usage = {
        "prompt_tokens": 32,
        "completion_tokens": 9,
        "total_tokens": 235,
        "completion_tokens_details": {"reasoning_tokens": 194},
    }
    span = recorded({"object": "chat.completion", "model": "grok-4", "usage": usage}, endpoint_name="xai")
    attributes = attributes_of(span)

    expected = (32, 203, 194)

    assert expected == (
        attributes["gen_ai.usage.input_tokens"],
        attributes["gen_ai.usage.output_tokens"],
        attributes["gen_ai.usage.reasoning.output_tokens"],
    )


def test_arguments_win_over_the_answer() -> None:
    """What the caller says is recorded, a zero too; the model asked for stands beside that which answered."""
    span = recorded(
        CHAT.body, model="gpt-5", input_tokens=0, response_id="mine", endpoint_name="proxy", channel="web"
    )

    expected = CHAT.attributes | {
        "gen_ai.request.model": "gpt-5",
        "gen_ai.usage.input_tokens": 0,
        "gen_ai.response.id": "mine",
        "tokenlake.endpoint.name": "proxy",
        "tokenlake.channel": "web",
    }

    assert expected == attributes_of(span)


@pytest.mark.parametrize(
    ("operation_type", "name"),
    [(None, "embeddings"), ("text_completion", "text_completion"), ("index", "embeddings")],
)
def test_the_operation_is_the_answers_unless_the_caller_names_a_model_call(
    operation_type: str | None, name: str
) -> None:
    """The context's chat is what the work is for; that it made embeddings is what happened."""
    with tracking_context(operation_type="chat"):
        span = recorded(ANSWERS["openai embeddings"].body, operation_type=operation_type)

    assert f"{name} text-embedding-3-small" == span.name
    assert name == attributes_of(span)["gen_ai.operation.name"]


def test_an_answer_without_usage_leaves_the_counts_open() -> None:
    """No tokens at all, not zero ones, so that the collector can tell."""
    span = recorded(CHAT.body | {"usage": None})

    expected = {name: value for name, value in CHAT.attributes.items() if "usage" not in name}

    assert expected == attributes_of(span)


@pytest.mark.parametrize(
    "response", ["Hello!", {"object": "model"}, object(), {"type": "ai", "usage_metadata": {}}]
)
def test_an_answer_of_no_known_api_is_recorded_without_it(
    response: object, caplog: pytest.LogCaptureFixture
) -> None:
    """The call is kept with what the caller says; one warning says what to give instead."""
    span = recorded(response, model="m")

    expected = ({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}, 1)

    assert expected == (attributes_of(span), len(caplog.messages))
    assert "give record_usage model=, input_tokens= and output_tokens=" in caplog.messages[0]


@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"prompt_tokens": 1},
        {"prompt_tokens": -1, "completion_tokens": 2},
        {"prompt_tokens": "1"},
        [3],
        3,
        object(),
    ],
)
def test_usage_that_cannot_be_read_costs_only_the_counts(
    usage: object, caplog: pytest.LogCaptureFixture
) -> None:
    """Model and id of the answer are recorded, with one warning and no tokens."""
    span = recorded(CHAT.body | {"usage": usage})

    expected = {name: value for name, value in CHAT.attributes.items() if "usage" not in name}

    assert expected == attributes_of(span)
    assert ["the usage of a dict cannot be read"] == [
        message.partition(":")[0] for message in caplog.messages
    ]


def test_an_answer_whose_attributes_raise_does_not_reach_the_agent(caplog: pytest.LogCaptureFixture) -> None:
    """The call is recorded without the answer, and the warning names what it raised."""

    class Broken:
        @property
        def object(self) -> str:
            raise OSError("closed")

    span = recorded(Broken(), model="m", input_tokens=3)

    expected = (3, ["an answer of type Broken cannot be read: OSError('closed')"])

    assert expected == (attributes_of(span)["gen_ai.usage.input_tokens"], caplog.messages)


def test_without_the_extra_the_counts_are_the_callers(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One warning for two answers says what to install; model, id and given counts are recorded."""
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    with tracked_spans() as (_, finished):
        record_usage(CHAT.body, input_tokens=2006)
        record_usage(CHAT.body, input_tokens=2006)
        span = finished.get_finished_spans()[0]

    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.response.model": "gpt-5-2025-08-07",
        "gen_ai.response.id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
        "gen_ai.usage.input_tokens": 2006,
    }

    assert expected == attributes_of(span)
    assert 1 == len(caplog.messages)
    assert "pip install 'tokenlake[responses]'" in caplog.messages[0]
