"""How instrumentations write one call: attribute names, and what their input and total hold.

Names, versions and meanings are those of the conventions' text and of each package's own source; nothing is
taken from the tables of the collector.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.true_calls import Counts

CLIENT, SERVER, INTERNAL = 3, 2, 1
SDK, API, FRAMEWORK, GATEWAY, ENGINE = range(5)
"""How exact a source is (C4): provider SDK or API, then frameworks, gateways, server engines."""

Names = dict[str, str]
Attributes = dict[str, Any]

TODAY: Names = {
    "input": "gen_ai.usage.input_tokens",
    "output": "gen_ai.usage.output_tokens",
    "read": "gen_ai.usage.cache_read.input_tokens",
    "written": "gen_ai.usage.cache_creation.input_tokens",
    "reasoning": "gen_ai.usage.reasoning.output_tokens",
}
NEXT: Names = TODAY | {"written": "gen_ai.usage.cache_write.input_tokens"}
UNSPLIT: Names = {"input": "gen_ai.usage.input_tokens", "output": "gen_ai.usage.output_tokens"}
OLD: Names = {"input": "gen_ai.usage.prompt_tokens", "output": "gen_ai.usage.completion_tokens"}
TRACELOOP: Names = OLD | {
    "read": "gen_ai.usage.cache_read_input_tokens",
    "written": "gen_ai.usage.cache_creation_input_tokens",
    "reasoning": "gen_ai.usage.reasoning_tokens",
    "total": "llm.usage.total_tokens",
}
OPENINFERENCE: Names = {
    "input": "llm.token_count.prompt",
    "output": "llm.token_count.completion",
    "read": "llm.token_count.prompt_details.cache_read",
    "written": "llm.token_count.prompt_details.cache_write",
    "reasoning": "llm.token_count.completion_details.reasoning",
    "total": "llm.token_count.total",
}
STRANDS: Names = {
    "input": "gen_ai.usage.input_tokens",
    "output": "gen_ai.usage.output_tokens",
    "read": "gen_ai.usage.cache_read_input_tokens",
    "written": "gen_ai.usage.cache_write_input_tokens",
    "total": "gen_ai.usage.total_tokens",
}
VERCEL: Names = {
    "input": "ai.usage.inputTokens",
    "output": "ai.usage.outputTokens",
    "read": "ai.usage.inputTokenDetails.cacheReadTokens",
    "written": "ai.usage.inputTokenDetails.cacheWriteTokens",
    "uncached": "ai.usage.inputTokenDetails.noCacheTokens",
    "reasoning": "ai.usage.outputTokenDetails.reasoningTokens",
    "total": "ai.usage.totalTokens",
}
SENTRY: Names = UNSPLIT | {
    "read": "gen_ai.usage.input_tokens.cached",
    "written": "gen_ai.usage.input_tokens.cache_write",
    "reasoning": "gen_ai.usage.output_tokens.reasoning",
}


@dataclass(frozen=True, slots=True)
class Emitter:
    """One instrumentation. `total` is none, its own `sum`, or the `provider`'s, which holds the cache.

    `marks` are the attributes that say what kind of span it is; `models` is read as the request's model.
    """

    name: str
    scope: str
    provider: str
    model: str
    names: Names
    marks: Mapping[str, str] = field(default_factory=lambda: {"gen_ai.operation.name": "chat"})
    version: str = "1.0.0"
    exclusive: bool = False
    total: str = ""
    exactness: int = SDK
    kind: int = CLIENT
    resource: Mapping[str, str] = field(default_factory=dict)
    texts: bool = False
    model_name: str = "gen_ai.request.model"
    provider_name: str = "gen_ai.provider.name"
    id_name: str = "gen_ai.response.id"
    span_name: str = ""

    def write(self, counts: Counts) -> Attributes:
        """Return the attributes of a call with these counts, without its ids."""
        values = {name: getattr(counts, name) for name in ("output", "read", "written", "reasoning")}
        values["input"] = counts.uncached if self.exclusive else counts.input
        values["uncached"] = counts.uncached
        if self.total:
            base = counts.input if self.total == "provider" else values["input"]
            values["total"] = base + counts.output
        usage = {attribute: values[name] for name, attribute in self.names.items() if name in values}
        if self.texts:
            return self.identity | {name: str(value) for name, value in usage.items()}
        return self.identity | usage

    @property
    def identity(self) -> Attributes:
        """Return what the span says besides usage."""
        provider = {self.provider_name: self.provider} if self.provider else {}
        return {**self.marks, **provider, self.model_name: self.model}

    def shown(self, counts: Counts) -> Counts:
        """Return what can be read out of the span: no split where it writes none."""
        split = self.names.keys() >= {"read", "written"}
        return Counts(
            counts.input,
            counts.output,
            counts.read if split else 0,
            counts.written if split else 0,
            counts.reasoning if "reasoning" in self.names else 0,
        )


GPT = "gpt-5"
OPENLIT = {"telemetry.sdk.name": "openlit"}
OPENLIT_SCOPE = "openlit.otel.tracing"
"""One scope for frameworks and SDKs alike, so it cannot be told which of them a span is of."""

# What the instrumentations of one family have in common.
OPENINFERENCE_CALL = Emitter(
    "",
    "",
    "openai",
    GPT,
    OPENINFERENCE,
    {"openinference.span.kind": "LLM"},
    total="sum",
    kind=INTERNAL,
    model_name="llm.model_name",
    provider_name="llm.provider",
    id_name="",
)
OPENLLMETRY_CALL = Emitter(
    "", "", "openai", GPT, TRACELOOP, {"llm.request.type": "chat"}, total="sum", provider_name="gen_ai.system"
)
FRAMEWORK_CALL = Emitter("", "", "openai", GPT, TODAY, exactness=FRAMEWORK, kind=INTERNAL)
