"""How far an emitter is to be trusted (rule C4)."""

import pytest

from tokenlake_collector.dialects.sources import accumulates, disjoint_agents, exactness, sources

AGENT_SDK = "openinference.instrumentation.claude_agent_sdk"


def test_c4_a_provider_beats_a_framework_beats_a_gateway_beats_a_server() -> None:
    """C4: the order of exactness; Anthropic's own spans beat what patches its SDK."""
    order = [
        ("anthropic-sdk", "com.anthropic.sdk.python"),
        ("openllmetry", "opentelemetry.instrumentation.anthropic"),
        ("vercel-ai", "ai"),
        ("litellm", "litellm"),
        ("vllm", "vllm.llm_engine"),
    ]
    ranks = [exactness(dialect, scope) for dialect, scope in order]

    assert sorted(set(ranks)) == ranks


@pytest.mark.parametrize(
    ("dialect", "scope", "rank"),
    [
        ("openllmetry", "opentelemetry.instrumentation.langchain", 2),
        ("openinference", "openinference.instrumentation.openai", 1),
        ("openinference", "openinference.instrumentation.langchain", 2),
        ("semconv", "opentelemetry.instrumentation.openai_v2", 1),
        ("semconv", "my.app", 2),
        ("claude-platform", "com.anthropic.claude-platform", 1),
        ("somebody", "", 2),
    ],
)
def test_c4_what_patches_an_sdk_beats_what_wraps_it(dialect: str, scope: str, rank: int) -> None:
    """C4: one dialect instruments SDKs and frameworks; the scope tells which."""
    assert rank == exactness(dialect, scope)


@pytest.mark.parametrize(
    ("dialect", "scope", "expected"),
    [
        ("spring-ai", "org.springframework.boot", True),
        ("openllmetry", "opentelemetry.instrumentation.crewai", True),
        ("strands", "strands.telemetry.tracer", False),
        ("openllmetry", "opentelemetry.instrumentation.openai.v1", False),
        ("semconv", "my.app", False),
    ],
)
def test_c4d_known_emitters_of_running_totals(dialect: str, scope: str, expected: bool) -> None:
    """C4d: only these are looked at."""
    assert expected is accumulates(dialect, scope)


@pytest.mark.parametrize(
    ("version", "expected"), [("0.1.21", False), ("0.1.22", True), ("0.2.0", True), ("", False)]
)
def test_c4_agents_of_the_claude_agent_sdk_are_disjoint_from_0_1_22(version: str, expected: bool) -> None:
    """C4: before, an agent's figures were those of the whole run."""
    assert expected is disjoint_agents("openinference", AGENT_SDK, version)
    assert not disjoint_agents("openinference", "openinference.instrumentation.langchain", version)


def test_the_last_row_fits_everything() -> None:
    """Every emitter has a source."""
    assert ("*", "*") == (sources()[-1].dialect, sources()[-1].scope)
