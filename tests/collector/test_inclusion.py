"""Whether input holds the cached tokens: the steps of C2, in their order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.dialect_cases import DialectCase
from harness.flattening import row_of

CHAT = {"gen_ai.operation.name": "chat", "gen_ai.usage.output_tokens": 20}
READ, WRITE = "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_creation.input_tokens"
INPUT, TOTAL = "gen_ai.usage.input_tokens", "gen_ai.usage.total_tokens"
REASONING = "gen_ai.usage.reasoning.output_tokens"
ANTHROPIC = "opentelemetry.instrumentation.anthropic"


def _input(attributes: dict[str, Any], **options: Any) -> tuple[int, str]:
    row = row_of({**CHAT, **attributes}, **options)
    return row["input_tokens"], row["input_rule"]


@pytest.mark.parametrize(
    ("attributes", "scope", "expected"),
    [
        ({INPUT: 40, READ: 60, "gen_ai.provider.name": "gcp.gemini"}, "", (40, "gemini")),
        ({INPUT: 100, READ: 60, "gen_ai.provider.name": "vertex_ai"}, "", (100, "gemini")),
        (
            {
                INPUT: 40,
                READ: 60,
                "gen_ai.provider.name": "vertex_ai",
                "gen_ai.request.model": "claude-opus-4",
            },
            "",
            (100, "input_below_cache"),
        ),
        (
            {"ai.usage.inputTokens": 40, "ai.usage.inputTokenDetails.noCacheTokens": 40, READ: 60},
            "ai",
            (100, "uncached_count"),
        ),
        (
            {"ai.usage.inputTokens": 100, "ai.usage.inputTokenDetails.noCacheTokens": 40, READ: 60},
            "ai",
            (100, "uncached_count"),
        ),
        ({INPUT: 100}, "", (100, "no_cache")),
        ({INPUT: 100, READ: 0, WRITE: 0, TOTAL: 500}, "", (100, "no_cache")),
        ({INPUT: 99, READ: 60, WRITE: 40}, "", (199, "input_below_cache")),
        ({INPUT: 100, READ: 60, WRITE: 40}, "", (100, "default")),
        ({READ: 60}, "", (60, "input_below_cache")),
        ({INPUT: 900, READ: 60, WRITE: 40, TOTAL: 1020}, "", (1000, "total_adds_cache")),
        ({INPUT: 900, READ: 60, WRITE: 40, REASONING: 5, TOTAL: 1025}, "", (1000, "total_adds_cache")),
        ({INPUT: 1000, READ: 60, TOTAL: 1020}, "strands.telemetry.tracer", (1000, "provider_total")),
        ({INPUT: 1000, READ: 60, TOTAL: 1020}, "", (1000, "default")),
        (
            {INPUT: 1000, READ: 60, TOTAL: 1020, "gen_ai.provider.name": "anthropic"},
            "openlit.x",
            (1060, "table"),
        ),
        ({INPUT: 1000, READ: 60}, "com.anthropic.sdk.go", (1000, "table")),
        ({INPUT: 1000, READ: 60}, "somebody", (1000, "default")),
    ],
    ids=str,
)
def test_c2_the_steps_in_order(attributes: dict[str, Any], scope: str, expected: tuple[int, str]) -> None:
    """C2: the whole input, and the step that told."""
    assert expected == _input(attributes, scope=scope)


@pytest.mark.parametrize(
    ("scope", "version", "names", "whole"),
    [
        (ANTHROPIC, "0.33.3", {"llm.request.type": "chat"}, 1060),
        (ANTHROPIC, "0.33.4", {"llm.request.type": "chat"}, 1000),
        (ANTHROPIC, "0.62.4", {"llm.request.type": "chat"}, 1000),
        ("@traceloop/instrumentation-bedrock", "0.27.0", {}, 1060),
        ("@traceloop/instrumentation-bedrock", "0.27.1", {}, 1000),
        ("openinference.instrumentation.anthropic", "0.1.13", {}, 1060),
        ("openinference.instrumentation.anthropic", "0.1.14", {}, 1000),
        ("openinference.instrumentation.bedrock", "0.1.59", {}, 1060),
        ("openinference.instrumentation.bedrock", "0.1.60", {}, 1000),
        ("openinference.instrumentation.claude_agent_sdk", "0.1.12", {}, 1060),
        ("openinference.instrumentation.claude_agent_sdk", "0.1.13", {}, 1000),
        ("@arizeai/openinference-instrumentation-anthropic", "0.1.22", {}, 1060),
        ("@arizeai/openinference-instrumentation-anthropic", "0.2.8", {}, 1000),
        ("@arizeai/openinference-instrumentation-bedrock", "0.5.1", {}, 1060),
        ("@arizeai/openinference-instrumentation-claude-agent-sdk", "0.3.1", {}, 1060),
        ("logfire.anthropic", "4.31.0", {}, 1060),
        ("logfire.anthropic", "4.31.1", {}, 1000),
        ("agent_framework", "1.23.0", {"gen_ai.provider.name": "aws.bedrock"}, 1060),
        ("agent_framework", "1.23.0", {"gen_ai.provider.name": "openai"}, 1000),
        ("openlit.otel", "1.45.0", {"gen_ai.system": "anthropic"}, 1060),
        ("openlit.otel", "1.45.0", {"gen_ai.system": "openai"}, 1000),
        ("org.springframework.boot", "3.4.0", {"gen_ai.system": "anthropic"}, 1060),
        ("org.springframework.boot", "3.4.0", {"gen_ai.system": "openai"}, 1000),
    ],
)
def test_c2_step_7_the_version_of_the_scope_tells(
    scope: str, version: str, names: dict[str, str], whole: int
) -> None:
    """C2 step 7: input 1000 beside 60 cached is 1060 before the flip, 1000 after it."""
    row = row_of({**CHAT, INPUT: 1000, READ: 60, **names}, scope=scope, scope_version=version)
    expected_rule = (
        "default" if names.get("gen_ai.system", names.get("gen_ai.provider.name")) == "openai" else "table"
    )

    assert (whole, expected_rule) == (row["input_tokens"], row["input_rule"])


@pytest.mark.parametrize("version", ["", "unknown"])
def test_c2_a_scope_without_a_version_follows_the_standard(version: str) -> None:
    """C2 step 8: the table cannot tell, so the default does."""
    scope = "openinference.instrumentation.anthropic"

    assert (1000, "default") == _input({INPUT: 1000, READ: 60}, scope=scope, scope_version=version)


def test_c2_a_total_that_a_library_adds_up_proves_nothing() -> None:
    """C2 step 5: OpenLLMetry's total is its own input + output, so that its table decides."""
    scope = "opentelemetry.instrumentation.bedrock"
    attributes = {INPUT: 1000, READ: 60, TOTAL: 1020, "llm.request.type": "chat"}

    assert (1060, "table") == _input(attributes, scope=scope, scope_version="0.62.4")


@pytest.mark.parametrize(
    ("total", "whole", "flags"), [(1020, 1000, None), (1720, 1700, "unsplit_cache"), (900, 1000, None)]
)
def test_c2_step_6_a_gap_below_bedrocks_total_is_cache(total: int, whole: int, flags: str | None) -> None:
    """C2 step 6: what Bedrock's total has above input and output was cached; the split is lost."""
    case = {
        "openinference.span.kind": "LLM",
        "llm.token_count.prompt": 1000,
        "llm.token_count.completion": 20,
        "llm.token_count.total": total,
    }
    row = row_of(case, scope="@arizeai/openinference-instrumentation-bedrock", scope_version="0.5.1")

    assert (whole, 0, flags) == (row["input_tokens"], row["cache_read_tokens"], row["flags"])


def test_c2_a_gap_of_another_emitter_is_not_taken_for_cache() -> None:
    """C2 step 6: only where the total is known to be the provider's."""
    assert (1000, "no_cache") == _input({INPUT: 1000, TOTAL: 1720})


def test_c2_context_is_the_whole_input() -> None:
    """C8: the context of an exclusive report has the cache too."""
    assert 199 == row_of({**CHAT, INPUT: 99, READ: 60, WRITE: 40})["context_tokens"]


@pytest.mark.parametrize("anthropic_parts", [(70, 30), (0, 100), (100, 0)])
def test_c1_a_cache_write_that_is_absent_is_the_sum_of_its_parts(anthropic_parts: tuple[int, int]) -> None:
    """C1: five minutes + one hour, where the write is 0 or absent."""
    kept = dict(zip(("5m", "1h"), anthropic_parts, strict=True))
    parts = {f"anthropic.usage.cache_creation.ephemeral_{k}_input_tokens": v for k, v in kept.items()}

    assert [100, 100, 40] == [
        row_of({**CHAT, INPUT: 1000, **parts, **write})["cache_creation_tokens"]
        for write in ({}, {WRITE: 0}, {WRITE: 40})
    ]


def test_invariants_are_flagged_never_clamped() -> None:
    """A row that cannot be right is stored as reported: Gemini is never without its cache."""
    row = row_of({**CHAT, INPUT: 40, READ: 60, "gen_ai.provider.name": "gcp.gemini"})

    assert (40, 60, "invariant") == (row["input_tokens"], row["cache_read_tokens"], row["flags"])


COUNTS = st.integers(0, 2000)


@given(
    st.tuples(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, st.none() | COUNTS),
    st.sampled_from(
        [
            "",
            "ai",
            "pydantic-ai",
            "strands.x",
            "openlit.x",
            "com.opencode",
            "@arizeai/openinference-instrumentation-bedrock",
        ]
    ),
    st.sampled_from(["openai", "anthropic", "gcp.gemini", "xai"]),
)
def test_every_unflagged_row_keeps_the_invariants(
    counts: tuple[int, int, int, int, int, int | None], scope: str, provider: str
) -> None:
    """0 <= R + W <= I and 0 <= Z <= O, and nothing reported is lost."""
    names = (INPUT, READ, WRITE, "gen_ai.usage.output_tokens", REASONING, TOTAL)
    sent = {name: count for name, count in zip(names, counts, strict=True) if count is not None}
    row = row_of({"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, **sent}, scope=scope)
    cached = row["cache_read_tokens"] + row["cache_creation_tokens"]

    assert (counts[1] + counts[2], counts[4]) == (cached, row["reasoning_tokens"])
    assert row["input_tokens"] >= counts[0]
    assert row["output_tokens"] >= counts[3]
    assert "invariant" in (row["flags"] or "") or (
        cached <= row["input_tokens"] and row["reasoning_tokens"] <= row["output_tokens"]
    )


def test_a_case_that_langfuse_users_reported() -> None:
    """Cached tokens counted twice: 9,000 of 10,000 cached are 10,000 of input, not 19,000."""
    case = DialectCase({**CHAT, INPUT: 10_000, READ: 9_000}, (10_000, 9_000, 0, 20, 0), rule="default")

    assert case.expected == case.actual()


def test_the_raw_copy_of_another_call_is_not_believed() -> None:
    """C1: an uncached count that fits neither reading of the input beside it is of something else."""
    raw = '{"input_tokens": 7, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 0}'
    row = row_of(
        {**CHAT, INPUT: 1000, "gen_ai.usage.raw": raw}, scope="logfire.anthropic", scope_version="4.40.0"
    )

    assert (1000, 0, "no_cache") == (row["input_tokens"], row["cache_read_tokens"], row["input_rule"])
