"""Instrumentations of calls of Claude, at Anthropic and on Bedrock."""

from __future__ import annotations

from dataclasses import replace

from harness.emitters import (
    API,
    FRAMEWORK,
    FRAMEWORK_CALL,
    INTERNAL,
    NEXT,
    OPENINFERENCE_CALL,
    OPENLIT,
    OPENLIT_SCOPE,
    OPENLLMETRY_CALL,
    SERVER,
    STRANDS,
    TODAY,
    VERCEL,
    Emitter,
)

CLAUDE, BEDROCK = "claude-sonnet-4-5", "anthropic.claude-sonnet-4-5-20250929-v1:0"

# Anthropic's input leaves the cache out. The conventions tell instrumentations to add it; those that do not:
# OpenLIT, Agent Framework, Spring AI, LlamaIndex under OpenLLMetry, and the JavaScript packages of Traceloop
# up to 0.27.0, all under the standard cache names and with totals that they add up themselves.
ANTHROPIC_SDKS = [
    Emitter("anthropic sdk", "com.anthropic.sdk.python", "anthropic", CLAUDE, NEXT, version="2.12.0"),
    replace(
        OPENLLMETRY_CALL,
        name="openllmetry 0.33.4",
        scope="opentelemetry.instrumentation.anthropic",
        version="0.33.4",
        provider="anthropic",
        model=CLAUDE,
    ),
    replace(
        OPENLLMETRY_CALL,
        name="traceloop js 0.27.0",
        scope="@traceloop/instrumentation-anthropic",
        version="0.27.0",
        provider="anthropic",
        model=CLAUDE,
        names=TODAY | {"total": "gen_ai.usage.total_tokens"},
        exclusive=True,
    ),
    replace(
        OPENINFERENCE_CALL,
        name="openinference 0.1.15",
        scope="openinference.instrumentation.anthropic",
        version="0.1.15",
        provider="anthropic",
        model=CLAUDE,
    ),
    Emitter(
        "openlit anthropic",
        OPENLIT_SCOPE,
        "anthropic",
        CLAUDE,
        TODAY | {"total": "gen_ai.usage.total_tokens"},
        exclusive=True,
        total="sum",
        exactness=FRAMEWORK,
        resource=OPENLIT,
    ),
]
ANTHROPIC_FRAMEWORKS = [
    replace(
        FRAMEWORK_CALL, name="pydantic-ai claude", scope="pydantic-ai", provider="anthropic", model=CLAUDE
    ),
    replace(
        FRAMEWORK_CALL,
        name="agent framework claude",
        scope="agent_framework",
        provider="anthropic",
        model=CLAUDE,
        exclusive=True,
    ),
    replace(
        OPENLLMETRY_CALL,
        name="llamaindex claude",
        scope="opentelemetry.instrumentation.llamaindex",
        version="0.62.4",
        provider="anthropic",
        model=CLAUDE,
        exclusive=True,
        exactness=FRAMEWORK,
        kind=INTERNAL,
    ),
    replace(
        FRAMEWORK_CALL,
        name="ai sdk 6 claude",
        scope="ai",
        names=VERCEL,
        marks={"ai.operationId": "ai.streamText.doStream"},
        provider="anthropic.messages",
        model=CLAUDE,
        exclusive=True,
        total="sum",
        model_name="ai.model.id",
        provider_name="ai.model.provider",
        id_name="ai.response.id",
    ),
]
ANTHROPIC_SERVERS = [
    Emitter(
        "claude api",
        "com.anthropic.claude-platform",
        "anthropic",
        CLAUDE,
        NEXT,
        exactness=API,
        kind=SERVER,
        resource={"service.name": "claude-platform"},
    )
]

# Bedrock Converse leaves the cache out of the input but not out of its total: the total proves it, where the
# emitter hands it on (OpenInference before 0.1.60, Strands before 1.54.0). OpenLLMetry adds up its own.
BEDROCK_SDKS = [
    replace(
        OPENLLMETRY_CALL,
        name="openllmetry bedrock",
        scope="opentelemetry.instrumentation.bedrock",
        version="0.62.4",
        provider="aws.bedrock",
        model=BEDROCK,
        exclusive=True,
    ),
    replace(
        OPENINFERENCE_CALL,
        name="openinference bedrock 0.1.59",
        scope="openinference.instrumentation.bedrock",
        version="0.1.59",
        provider="aws",
        model=BEDROCK,
        exclusive=True,
        total="provider",
    ),
    replace(
        OPENINFERENCE_CALL,
        name="openinference bedrock 0.1.60",
        scope="openinference.instrumentation.bedrock",
        version="0.1.60",
        provider="aws",
        model=BEDROCK,
        total="provider",
    ),
]
BEDROCK_FRAMEWORKS = [
    replace(
        FRAMEWORK_CALL,
        name="strands 1.53",
        scope="strands.telemetry.tracer",
        version="",
        names=STRANDS,
        provider="strands-agents",
        model=BEDROCK,
        exclusive=True,
        total="provider",
        provider_name="gen_ai.system",
        id_name="",
    ),
    replace(
        FRAMEWORK_CALL,
        name="agent framework bedrock",
        scope="agent_framework",
        provider="aws.bedrock",
        model=BEDROCK,
        exclusive=True,
    ),
]
