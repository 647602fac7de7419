"""Rule C4 on hand-made nodes: leaves inside leaves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from harness.reported_nodes import call, counted, span, verdicts

SDK = "com.anthropic.sdk.python"
FRAMEWORK = "pydantic-ai"

# Leaf inside leaf


def test_c4a_equal_provider_ids_are_one_call_whatever_the_numbers() -> None:
    """A message id on both: one call, the SDK's record of it."""
    nodes = [
        call(1, scope=FRAMEWORK, dialect="pydantic-ai", response_id="msg_1", input=90, output=9),
        call(2, 1, scope=SDK, dialect="anthropic-sdk", response_id="msg_1", input=100, output=10),
    ]

    found = verdicts(*nodes)

    assert (None, "same_call", UUID(int=2)) == (found[2].reason, found[1].reason, found[1].counted_id)


@pytest.mark.parametrize("prefix", ["msg_", "chatcmpl-", "resp_", "gen-", "req_"])
def test_c4a_different_provider_ids_are_two_calls_even_with_equal_numbers(prefix: str) -> None:
    """Two ids of the provider: two calls, one of them hanging below the other by mistake."""
    nodes = [
        call(1, response_id=f"{prefix}1", input=100, output=10),
        call(2, 1, response_id=f"{prefix}2", input=100, output=10),
    ]

    assert {1, 2} == counted(*nodes)


@pytest.mark.parametrize("made_up", ["aitxt-1", "run-1", "0193a1"])
def test_c4a_an_id_that_a_framework_made_says_nothing(made_up: str) -> None:
    """The AI SDK's and LangChain's ids differ from the provider's: the numbers decide (C4c)."""
    nodes = [
        call(1, scope=FRAMEWORK, response_id=made_up, input=100, output=10),
        call(2, 1, response_id="chatcmpl-1", input=100, output=10),
    ]

    assert 1 == len(counted(*nodes))


def test_c4a_ids_of_two_kinds_are_not_compared() -> None:
    """A message id on one side and a request id on the other say nothing; the numbers are equal."""
    nodes = [
        call(1, response_id="msg_1", input=100, output=10),
        call(2, 1, request_id="req_1", input=100, output=10),
    ]

    assert 1 == len(counted(*nodes))


@pytest.mark.parametrize("role", ["agent", "tool"])
def test_c4b_an_agent_or_tool_between_makes_two_calls(role: str) -> None:
    """Equal numbers on both sides of a tool: the tool's call is one of its own."""
    nodes = [call(1, input=100, output=10), span(2, 1, role=role), call(3, 2, input=100, output=10)]

    assert {1, 3} == counted(*nodes)


@pytest.mark.parametrize("role", ["", "container"])
def test_c4b_a_plain_span_or_chain_between_does_not(role: str) -> None:
    """An HTTP span or a chain step lies between the framework's and the SDK's record."""
    nodes = [call(1, input=100, output=10), span(2, 1, role=role), call(3, 2, input=100, output=10)]

    assert 1 == len(counted(*nodes))


@pytest.mark.parametrize(
    ("upper", "lower"),
    [((100, 10), (100, 10)), ((100, 10), (100, 13)), ((60, 10), (100, 10))],
    ids=["both", "input", "output"],
)
def test_c4c_one_equal_count_makes_one_call(upper: tuple[int, int], lower: tuple[int, int]) -> None:
    """Thoughts, streaming or lost caches make one of the two counts differ."""
    nodes = [call(1, input=upper[0], output=upper[1]), call(2, 1, input=lower[0], output=lower[1])]

    assert 1 == len(counted(*nodes))


def test_c4c_two_zeros_are_no_equal_count() -> None:
    """Two embedding calls have no output; 0 = 0 proves nothing."""
    assert {1, 2} == counted(call(1, input=100), call(2, 1, input=50))


def test_c4c_models_must_agree() -> None:
    """Equal numbers of two models are two calls."""
    assert {1, 2} == counted(
        call(1, input=100, output=10, model="gpt-5"), call(2, 1, input=100, output=10, model="o3")
    )


@pytest.mark.parametrize(
    ("upper", "lower"),
    [
        ("gpt-4o", "gpt-4o-2024-08-06"),
        ("anthropic/claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
        ("claude-sonnet-4-5", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("claude-sonnet-4-5[1m]", "claude-sonnet-4-5"),
        ("models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("GPT-5", "gpt-5"),
        ("gpt-5", None),
    ],
)
def test_c4c_models_agree_after_normalisation(upper: str, lower: str | None) -> None:
    """Dates, vendors, regions, tags and case are not part of a model's name; a missing one fits all."""
    nodes = [call(1, input=100, output=10, model=upper), call(2, 1, input=100, output=10, model=lower)]

    assert 1 == len(counted(*nodes))


def test_c4c_the_child_must_lie_within_the_parents_time() -> None:
    """A call that ends after the one above it is another call."""
    assert {1, 2} == counted(
        call(1, end=5, input=100, output=10), call(2, 1, start=6, end=9, input=100, output=10)
    )


def test_c4d_otherwise_two_calls() -> None:
    """Wrong parents are common with streaming: other numbers below another call are another call."""
    assert {1, 2} == counted(call(1, input=100, output=10), call(2, 1, input=200, output=20))


def test_c4_a_wrapper_over_two_billed_attempts_is_one_of_them() -> None:
    """Two attempts with the same prompt, both billed, in one framework span: two siblings are two calls.

    The framework shows the second attempt, and its input equals both: input 100 + 100, output 4 + 10.
    """
    nodes = [
        call(1, scope=FRAMEWORK, dialect="pydantic-ai", input=100, output=10),
        call(2, 1, start=1, end=4, input=100, output=4, error_type="stream closed"),
        call(3, 1, start=5, end=9, input=100, output=10),
    ]

    assert {2, 3} == counted(*nodes)


def test_c4_three_records_of_one_call_in_a_row_are_one() -> None:
    """Framework over SDK over gateway, each within the other."""
    nodes = [
        call(1, scope=FRAMEWORK, dialect="pydantic-ai", input=100, output=10),
        call(2, 1, start=1, end=9, scope=SDK, dialect="anthropic-sdk", input=100, output=10),
        call(3, 2, start=2, end=8, scope="litellm", dialect="litellm", input=100, output=12),
    ]

    assert {2} == counted(*nodes)


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ({"scope": "pydantic-ai", "dialect": "pydantic-ai"}, {"scope": SDK, "dialect": "anthropic-sdk"}),
        ({"scope": "litellm", "dialect": "litellm"}, {"scope": "pydantic-ai", "dialect": "pydantic-ai"}),
        ({"scope": "vllm.llm_engine", "dialect": "vllm"}, {"scope": "litellm", "dialect": "litellm"}),
    ],
    ids=["SDK over framework", "framework over gateway", "gateway over engine"],
)
@pytest.mark.parametrize("inner_is_better", [True, False])
def test_c4_the_more_exact_source_is_kept(
    worse: dict[str, Any], better: dict[str, Any], inner_is_better: bool
) -> None:
    """Provider SDK or API before frameworks before gateways before server engines, inside or outside."""
    upper, lower = (worse, better) if inner_is_better else (better, worse)

    kept = counted(call(1, input=100, output=10, **upper), call(2, 1, input=100, output=12, **lower))

    assert {2 if inner_is_better else 1} == kept
