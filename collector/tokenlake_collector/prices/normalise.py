"""From the names that records carry to the names that price lists use; tables first, the code is small."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

NO_LIST = ""
"""The provider of whoever runs models on machines of their own, or publishes no list that we have."""

PROVIDERS = {
    # OpenTelemetry's names, then those of gateways and SDKs; - and _ are the same here.
    "aws.bedrock": "aws",
    "aws-bedrock": "aws",
    "amazon-bedrock": "aws",
    "bedrock": "aws",
    "bedrock-converse": "aws",
    "az.ai.agents": "azure",
    "az.ai.inference": "azure",
    "az.ai.openai": "azure",
    "azure-ai": "azure",
    "azure-ai-inference": "azure",
    "azure-ai-openai": "azure",
    "azure-openai": "azure",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "microsoft.foundry": "azure",
    "gcp.gemini": "google",
    "gcp.gen-ai": "google",
    "gcp.vertex-ai": "google",
    "gcp.vertex.agent": "google",
    "gemini": "google",
    "google-genai": "google",
    "google-vertex": "google",
    "vertex-ai": "google",
    "vertexai": "google",
    "mistral-ai": "mistral",
    "mistralai": "mistral",
    "xai": "x-ai",
    "moonshot-ai": "moonshotai",
    "moonshot": "moonshotai",
    "together-ai": "together",
    "fireworks-ai": "fireworks",
    "github": "github-copilot",
    "z.ai": "zai",
    "z-ai": "zai",
    "huggingface": NO_LIST,
    "ibm.watsonx.ai": NO_LIST,
    "llama.cpp": NO_LIST,
    "llamacpp": NO_LIST,
    "lm-studio": NO_LIST,
    "lmstudio": NO_LIST,
    "localai": NO_LIST,
    "ollama": NO_LIST,
    "sglang": NO_LIST,
    "vllm": NO_LIST,
}
"""Provider names as reported, and the price list's."""

PROTOCOLS = frozenset({"openai", "anthropic"})
"""Many servers speak these two interfaces, so as a provider's name either proves little."""

_BEDROCK_REGIONS = "us-gov|us|eu|apac|ap|jp|au|ca|in|sa|me|af|global"

SIMPLER = (
    # Each rule takes away one thing that a list may not name; the list is asked after each.
    (r"^arn:.*/", ""),  # arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.…
    (r"^(?:.*/)?(?:publishers/[^/]+/)?models/", ""),  # models/…, publishers/google/models/…
    (r"(?:\[[^\]]*\])+$", ""),  # [1m]: a larger context, whose price is a tier
    (r"@(?:default|latest)$", ""),
    (r"-v\d+(?::\d+)?(?::\d+k)?$", ""),  # -v1:0, -v1:0:200k
    (rf"^(?:{_BEDROCK_REGIONS})\.(?=[a-z0-9]+\.)", ""),  # eu.anthropic.…
    (r"[-@](?:20\d{6}|20\d{2}-\d{2}-\d{2})$", ""),
    (r"-latest$", ""),
)
"""Pattern and replacement, applied one after the other to the lower-case name."""

_SIMPLER = tuple((re.compile(pattern), replacement) for pattern, replacement in SIMPLER)
_ON_BEDROCK = re.compile(
    rf"^(?:arn:aws[a-z-]*:bedrock:|(?:(?:{_BEDROCK_REGIONS})\.)?"
    r"(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshotai|nvidia|openai|qwen"
    r"|writer|zai)\.[a-z])"
)
_ON_OWN_MACHINES = re.compile(r":(?:latest|\d+(?:\.\d+)?[bm])\b")  # deepseek-r1:14b


@dataclass(frozen=True, slots=True)
class Guess:
    """A name to look for in one provider's list; without a provider, wherever it is unambiguous."""

    provider: str | None
    model: str


def spellings(model: str) -> list[str]:
    """Return the name as reported in lower case, then ever simpler ones."""
    found = [model.strip().lower()]
    for pattern, replacement in _SIMPLER:
        simpler = pattern.sub(replacement, found[-1])
        if simpler and simpler != found[-1]:
            found.append(simpler)
    return found


def known_provider(name: str, ids: Collection[str]) -> str | None:
    """Return the list's id for a provider's name, `NO_LIST` where there is none to have, None if unknown."""
    plain = name.strip().lower().replace("_", "-")
    for candidate in (plain, plain.partition(".")[0]):
        if candidate in PROVIDERS:
            return PROVIDERS[candidate]
        if candidate in ids:
            return candidate
    return None


def guesses(provider: str | None, models: Collection[str], ids: Collection[str]) -> Iterator[Guess]:
    """Return what to look for, the surest first; `provider` is an id of a list, `models` are as reported."""
    if provider == NO_LIST:
        return
    for model in models:
        for name in spellings(model):
            yield from _guesses_for(provider, name, ids)


def _guesses_for(provider: str | None, name: str, ids: Collection[str]) -> Iterator[Guess]:
    is_open = provider is None or provider in PROTOCOLS
    if provider is not None:
        yield Guess(provider, name)
    before, slash, rest = name.partition("/")
    named = known_provider(before, ids) if slash else None
    if named and (is_open or named == provider):
        yield Guess(named, rest)
        yield Guess(named, rest.rpartition("/")[2])  # bedrock/us-east-1/anthropic.…
    if is_open and _ON_BEDROCK.match(name):
        yield Guess("aws", name)
    if is_open and not _ON_OWN_MACHINES.search(name):
        yield Guess(None, name)
