"""Which entry of the price list a reported name means."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tokenlake_collector.prices import PriceBook
from tokenlake_collector.prices.call import Call
from tokenlake_collector.prices.normalise import known_provider, spellings

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def found(**call: str | None) -> tuple[str | None, str | None] | None:
    quote = PriceBook().quote(Call(**call), NOW)
    return None if quote is None else (quote.provider, quote.model)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ),
        ("eu.anthropic.claude-haiku-4-5-20251001-v1:0", "regional.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("apac.anthropic.claude-sonnet-4-20250514-v1:0", "regional.anthropic.claude-sonnet-4-20250514-v1:0"),
        ("global.anthropic.claude-opus-4-5-20251101-v1:0", "global.anthropic.claude-opus-4-5-v1:0"),
        (
            "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-opus-4-1-20250805-v1:0",
            "regional.anthropic.claude-opus-4-1-20250805-v1:0",
        ),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0"),
        ("us.amazon.nova-lite-v1:0:300k", "amazon.nova-lite-v1:0"),
    ],
)
@pytest.mark.parametrize("provider", ["aws.bedrock", "bedrock", "anthropic", "strands-agents", None])
def test_bedrock_names(provider: str | None, model: str, expected: str) -> None:
    """ARNs, inference profiles and versions, whoever reports them: the price is Bedrock's."""
    assert ("aws", expected) == found(provider=provider, model=model)


def test_an_application_inference_profile_is_unknown() -> None:
    """Its id says nothing of the model; the model asked for does."""
    profile = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6"

    assert None is found(provider="aws.bedrock", model=profile)
    assert ("aws", "amazon.nova-pro-v1:0") == found(
        provider="aws.bedrock", model=profile, request_model="amazon.nova-pro-v1:0"
    )


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        ("gcp.vertex_ai", "claude-sonnet-4-5@20250929", ("google", "claude-sonnet-4-5")),
        ("gcp.vertex_ai", "publishers/google/models/gemini-2.5-flash", ("google", "gemini-2.5-flash")),
        (
            "gcp.vertex_ai",
            "projects/p/locations/l/publishers/google/models/gemini-2.5-pro",
            ("google", "gemini-2.5-pro"),
        ),
        ("gcp.gemini", "models/gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        ("anthropic", "claude-sonnet-4-5[1m]", ("anthropic", "claude-sonnet-4-5")),
        ("anthropic", "claude-opus-4-1-20250805[1m]", ("anthropic", "claude-opus-4-1")),
        ("openai", "GPT-5-2025-08-07", ("openai", "gpt-5")),
        ("openai", "gpt-5-20250807", ("openai", "gpt-5")),
        ("openai", " gpt-5 ", ("openai", "gpt-5")),
        ("azure.ai.openai", "gpt-4o", ("azure", "gpt-4o")),
        ("az.ai.openai", "gpt-5", ("azure", "gpt-5")),
        ("x_ai", "grok-4", ("x-ai", "grok-4-0709")),
        ("mistral_ai", "mistral-large-latest", ("mistral", "mistral-large")),
        ("moonshot_ai", "kimi-k2-0905-preview", ("moonshotai", "kimi-k2-0905-preview")),
        ("github", "claude-sonnet-4.6", ("github-copilot", "claude-sonnet-4.6")),
        ("openrouter", "anthropic/claude-sonnet-4.5", ("openrouter", "anthropic/claude-sonnet-4.5")),
    ],
)
def test_names_of_providers_and_models(provider: str, model: str, expected: tuple[str, str]) -> None:
    """Provider names of OpenTelemetry, and every decoration that a model's name comes with."""
    assert expected == found(provider=provider, model=model)


@pytest.mark.parametrize("provider", [None, "litellm", "Langchain", "openai"])
@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("openai/gpt-5", ("openai", "gpt-5")),
        ("anthropic/claude-sonnet-4.5", ("anthropic", "claude-sonnet-4-5")),
        ("vertex_ai/gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        (
            "bedrock/us-east-1/anthropic.claude-haiku-4-5-20251001-v1:0",
            ("aws", "regional.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ),
        ("azure/gpt-4o", ("azure", "gpt-4o")),
        ("claude-sonnet-4-5", ("anthropic", "claude-sonnet-4-5")),
        ("deepseek-chat", ("deepseek", "deepseek-chat")),
    ],
)
def test_a_name_without_a_provider_of_its_own(
    provider: str | None, model: str, expected: tuple[str, str]
) -> None:
    """A gateway, a framework or an interface that others speak: the name alone, or its prefix, decides."""
    assert expected == found(provider=provider, model=model)


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("api.deepseek.com", ("deepseek", "deepseek-chat")),
        ("my-gateway", ("deepseek", "deepseek-chat")),
        ("vllm", None),
        ("groq", None),
    ],
)
def test_the_endpoint_helps_where_the_provider_is_missing(
    endpoint: str, expected: tuple[str, str] | None
) -> None:
    """A known name or host is a provider; any other name says nothing."""
    assert expected == found(endpoint=endpoint, model="deepseek-chat")


def test_an_endpoint_with_a_name_of_ones_own_is_no_provider() -> None:
    """`google-docs-bot` at OpenAI is OpenAI."""
    assert ("openai", "gpt-5") == found(provider="openai", endpoint="google-docs-bot", model="gpt-5")


def test_the_model_asked_for_is_the_second_choice() -> None:
    """The one that answered is known: o3, although gpt-5 was asked for; then the other way round."""
    assert ("openai", "o3") == found(provider="openai", model="o3", request_model="gpt-5")
    assert ("openai", "gpt-5") == found(provider="openai", model="our-chat", request_model="gpt-5")


def test_the_spellings_become_simpler_one_by_one() -> None:
    """Nothing is taken away before the fuller name was tried."""
    assert [
        "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-x-20260101-v1:0",
        "eu.anthropic.claude-x-20260101-v1:0",
        "eu.anthropic.claude-x-20260101",
        "anthropic.claude-x-20260101",
        "anthropic.claude-x",
    ] == spellings("arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-x-20260101-v1:0")


@pytest.mark.parametrize("model", ["", "  ", "-latest", "models/", "[1m]", "/", "arn:"])
def test_a_name_of_decorations_alone_is_unknown(model: str) -> None:
    """And does not raise."""
    assert None is found(provider="openai", model=model)
    assert "" not in spellings(model)[1:]


def test_a_providers_name_is_compared_without_case_and_underscores() -> None:
    """Gateways write them in all ways; a text before a dot is enough."""
    assert ["x-ai", "aws", "openai", None] == [
        known_provider(name, {"openai", "x-ai"})
        for name in ("X_AI", "Amazon_Bedrock", "openai.responses", "acme")
    ]
