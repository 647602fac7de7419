"""Instrumentations in use, by the provider whose calls they record."""

from __future__ import annotations

from harness.claude_emitters import (
    ANTHROPIC_FRAMEWORKS,
    ANTHROPIC_SDKS,
    ANTHROPIC_SERVERS,
    BEDROCK,
    BEDROCK_FRAMEWORKS,
    BEDROCK_SDKS,
    CLAUDE,
)
from harness.emitters import GATEWAY, GPT, INTERNAL, SENTRY, Emitter
from harness.openai_emitters import OPENAI_FRAMEWORKS, OPENAI_SDKS, OPENAI_SERVERS

# One model under the names that records of one call may give it.
SPELLINGS = {
    "openai": [GPT, f"{GPT}-2025-08-07", f"openai/{GPT}"],
    "anthropic": [CLAUDE, f"{CLAUDE}-20250929", f"anthropic/{CLAUDE}"],
    "bedrock": [BEDROCK, f"us.{BEDROCK}", "anthropic.claude-sonnet-4-5-20250929"],
}
SDKS = {"openai": OPENAI_SDKS, "anthropic": ANTHROPIC_SDKS, "bedrock": BEDROCK_SDKS}
FRAMEWORKS = {
    "openai": OPENAI_FRAMEWORKS,
    "anthropic": ANTHROPIC_FRAMEWORKS,
    "bedrock": BEDROCK_FRAMEWORKS,
}
SERVERS: dict[str, list[Emitter]] = {
    "openai": OPENAI_SERVERS,
    "anthropic": ANTHROPIC_SERVERS,
    "bedrock": [],
}
ALL = [e for group in (SDKS, FRAMEWORKS, SERVERS) for emitters in group.values() for e in emitters]
OPENROUTER = Emitter(
    "openrouter", "openrouter", "openrouter", f"openai/{GPT}", SENTRY, exactness=GATEWAY, kind=INTERNAL
)
