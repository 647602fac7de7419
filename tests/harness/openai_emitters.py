"""Instrumentations of calls of OpenAI's models, and the servers in front of those."""

from __future__ import annotations

from dataclasses import replace

from harness.emitters import (
    ENGINE,
    FRAMEWORK,
    FRAMEWORK_CALL,
    GATEWAY,
    GPT,
    INTERNAL,
    OLD,
    OPENINFERENCE_CALL,
    OPENLIT,
    OPENLIT_SCOPE,
    OPENLLMETRY_CALL,
    SENTRY,
    SERVER,
    TODAY,
    UNSPLIT,
    VERCEL,
    Emitter,
)

# The convention itself: input holds the cache, output the reasoning. OpenAI's own numbers are inclusive.
OPENAI_SDKS = [
    Emitter("openai-v2", "opentelemetry.instrumentation.openai_v2", "openai", GPT, TODAY),
    Emitter("older names", "opentelemetry.instrumentation.openai_v2", "openai", GPT, OLD),
    replace(
        OPENLLMETRY_CALL, name="openllmetry", scope="opentelemetry.instrumentation.openai", version="0.48.0"
    ),
    replace(OPENINFERENCE_CALL, name="openinference", scope="openinference.instrumentation.openai"),
    Emitter("openlit", OPENLIT_SCOPE, "openai", GPT, TODAY, exactness=FRAMEWORK, resource=OPENLIT),
    Emitter("logfire", "logfire.openai", "openai", GPT, UNSPLIT, version="4.31.1"),
]
OPENAI_FRAMEWORKS = [
    replace(FRAMEWORK_CALL, name="pydantic-ai", scope="pydantic-ai"),
    replace(FRAMEWORK_CALL, name="ai sdk 7", scope="gen_ai"),
    replace(
        FRAMEWORK_CALL,
        name="ai sdk 6",
        scope="ai",
        names=VERCEL,
        marks={"ai.operationId": "ai.generateText.doGenerate"},
        total="provider",
        model_name="ai.model.id",
        provider_name="ai.model.provider",
        id_name="ai.response.id",
    ),
    replace(FRAMEWORK_CALL, name="agent framework", scope="agent_framework"),
    replace(
        FRAMEWORK_CALL,
        name="semantic kernel",
        scope="semantic_kernel.utils.telemetry.model_diagnostics.decorators",
        names=UNSPLIT,
        marks={"gen_ai.operation.name": "chat.completions"},
    ),
    replace(
        FRAMEWORK_CALL,
        name="langsmith",
        scope="langsmith",
        names=UNSPLIT,
        marks={"langsmith.span.kind": "llm"},
    ),
    replace(FRAMEWORK_CALL, name="sentry", scope="sentry", names=SENTRY),
    replace(
        OPENLLMETRY_CALL,
        name="openllmetry langchain",
        scope="opentelemetry.instrumentation.langchain",
        exactness=FRAMEWORK,
        kind=INTERNAL,
    ),
    replace(
        OPENINFERENCE_CALL,
        name="openinference langchain",
        scope="openinference.instrumentation.langchain",
        exactness=FRAMEWORK,
        kind=INTERNAL,
    ),
]
OPENAI_SERVERS = [
    replace(FRAMEWORK_CALL, name="litellm", scope="litellm", exactness=GATEWAY, kind=SERVER),
    Emitter(
        "vllm",
        "vllm.llm_engine",
        "",
        GPT,
        OLD,
        marks={"gen_ai.request.id": "cmpl-1"},
        exactness=ENGINE,
        kind=SERVER,
        model_name="gen_ai.response.model",
        id_name="",
        span_name="llm_request",
    ),
]
