"""One span as a dialect writes it, and the row that it must become.

The figures of the cases: a prompt of 1000 of which 600 were read from a cache and 100 written to one (or as
much of it as the dialect reports), 200 answered of which 50 were reasoning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from harness.flattening import rows_of
from harness.otlp import SpanSpec

CLAUDE = "claude-sonnet-4-5"
WHOLE = (1000, 600, 100, 200, 0)

TOKENS = ("input_tokens", "cache_read_tokens", "cache_creation_tokens", "output_tokens", "reasoning_tokens")


@dataclass(frozen=True)
class DialectCase:
    """A span's attributes and origin; its input, cache read, cache write, output, reasoning; verdicts."""

    attributes: dict[str, Any]
    tokens: tuple[int, int, int, int, int]
    dialect: str = "semconv"
    rule: str = "no_cache"
    role: str = "leaf"
    flags: str | None = None
    scope: str = ""
    version: str = ""
    span: str = "a span"
    resource: dict[str, Any] = field(default_factory=dict)

    @property
    def expected(self) -> tuple[Any, ...]:
        """Tokens, dialect, rule, role and flags."""
        return self.tokens, self.dialect, self.rule, self.role, self.flags

    def row(self) -> dict[str, Any]:
        """Return the row that the span becomes."""
        spec = SpanSpec(self.attributes, name=self.span)
        [row] = rows_of(spec, scope=self.scope, scope_version=self.version, resource=self.resource)
        return row

    def actual(self) -> tuple[Any, ...]:
        """Return the same of the row that the span becomes."""
        row = self.row()
        counts = tuple(row[name] for name in TOKENS)
        return counts, row["dialect"], row["input_rule"], row["role"], row["flags"]


def usage(
    read: int | None = None, write: int | None = None, reasoning: int | None = None, **rest: Any
) -> dict[str, Any]:
    """Return standard attributes of a chat call; `input` is 1000 unless told otherwise."""
    counts = {
        "gen_ai.usage.input_tokens": rest.pop("input", 1000),
        "gen_ai.usage.output_tokens": rest.pop("output", 200),
        "gen_ai.usage.cache_read.input_tokens": read,
        "gen_ai.usage.cache_creation.input_tokens": write,
        "gen_ai.usage.reasoning.output_tokens": reasoning,
        "gen_ai.usage.total_tokens": rest.pop("total", None),
    }
    names = {
        "gen_ai.operation.name": rest.pop("operation", "chat"),
        "gen_ai.provider.name": rest.pop("provider", "openai"),
        "gen_ai.request.model": rest.pop("model", "gpt-5"),
    }
    return {key: value for key, value in {**counts, **names, **rest}.items() if value is not None}


def openinference(prompt: int, completion: int, kind: str = "LLM", **rest: Any) -> dict[str, Any]:
    """Return OpenInference's attributes; details as read, write, reasoning, total."""
    names = {
        "read": "llm.token_count.prompt_details.cache_read",
        "write": "llm.token_count.prompt_details.cache_write",
        "reasoning": "llm.token_count.completion_details.reasoning",
        "total": "llm.token_count.total",
        "model": "llm.model_name",
        "system": "llm.system",
    }
    return {
        "openinference.span.kind": kind,
        "llm.token_count.prompt": prompt,
        "llm.token_count.completion": completion,
        **{names[key]: value for key, value in rest.items()},
    }


def ai(operation: str, **counts: Any) -> dict[str, Any]:
    """Return the attributes of a span of the Vercel AI SDK; counts under their names behind `ai.usage.`."""
    return {
        "ai.operationId": operation,
        "ai.model.id": CLAUDE,
        "ai.model.provider": "anthropic.messages",
        **{f"ai.usage.{name.replace('__', '.')}": value for name, value in counts.items()},
    }
