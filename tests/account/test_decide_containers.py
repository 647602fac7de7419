"""Rule C4 on hand-made nodes: containers, and leaves that turn out to be containers."""

from __future__ import annotations

from uuid import UUID

import pytest

from harness.reported_nodes import call, container, counted, span, verdicts

FRAMEWORK = "pydantic-ai"


# Containers


def test_c4_a_container_is_not_counted_above_a_call() -> None:
    """An agent with the sum of its two calls is kept uncounted; the calls are counted."""
    nodes = [
        container(1, input=300, output=30),
        call(2, 1, start=1, end=4, input=100, output=10),
        call(3, 1, start=5, end=9, input=200, output=20),
    ]

    found = verdicts(*nodes)

    assert {2, 3} == counted(*nodes)
    assert "repeats_its_calls" == found[1].reason
    assert found[1].counted_id in {UUID(int=2), UUID(int=3)}


def test_c4_a_container_with_other_numbers_is_not_counted_either() -> None:
    """Last steps and lifetime totals are no check sums: what counts is that a call below reports."""
    assert {2} == counted(container(1, input=9999, output=999), call(2, 1, input=100, output=10))


def test_c4_a_container_is_counted_if_no_call_below_reports_usage() -> None:
    """Agno's agent span is the only one with usage."""
    assert {1} == counted(container(1, input=300, output=30), span(2, 1, role="leaf"))


def test_c4_of_nested_containers_the_innermost_with_usage_is_counted() -> None:
    """Workflow over agent over agent, all with the same sum, the last of them without: the middle counts."""
    nodes = [
        container(1, role="container", input=300, output=30),
        container(2, 1, input=300, output=30),
        span(3, 2, role="agent"),
    ]

    found = verdicts(*nodes)

    assert {2} == counted(*nodes)
    assert UUID(int=2) == found[1].counted_id


def test_c4_two_inner_containers_beside_each_other_are_both_counted() -> None:
    """Two agents without calls below a workflow that repeats them."""
    nodes = [
        container(1, role="container", input=300, output=30),
        container(2, 1, end=4, input=100, output=10),
        container(3, 1, start=5, input=200, output=20),
    ]

    assert {2, 3} == counted(*nodes)


def test_c4_a_failed_call_is_no_reason_to_drop_a_container() -> None:
    """A failed call without usage carries none, so the agent's own counts are all that is known."""
    assert {1, 2} == counted(container(1, input=300, output=30), call(2, 1, error_type="500"))


def test_c4_a_container_of_zeros_that_failed_is_not_a_second_error() -> None:
    """The failed call is one error; the agent that reports 0 tokens and failed with it is no call."""
    assert {2} == counted(container(1, error_type="500"), call(2, 1, error_type="500"))


def test_c4_a_container_in_another_trace_is_left_alone() -> None:
    """Traces do not repeat each other's calls."""
    assert {1, 2} == counted(container(1, input=300, output=30), call(2, trace=2, input=300, output=30))


@pytest.mark.parametrize(
    ("input_tokens", "output_tokens"), [(300, 30), (300, 29), (299, 30)], ids=["both", "input", "output"]
)
def test_c4c_a_leaf_that_holds_the_sum_of_its_calls_is_a_container(
    input_tokens: int, output_tokens: int
) -> None:
    """100 + 200 input or 10 + 20 output of its two calls: the upper one repeats them."""
    nodes = [
        call(1, scope=FRAMEWORK, input=input_tokens, output=output_tokens),
        call(2, 1, start=1, end=4, input=100, output=10),
        call(3, 1, start=5, end=9, input=200, output=20),
    ]

    assert {2, 3} == counted(*nodes)


def test_c4c_a_leaf_over_several_calls_without_their_sum_is_a_call() -> None:
    """Nesting alone proves nothing: 777 is neither a sum nor equal to a call."""
    nodes = [
        call(1, input=777, output=77),
        call(2, 1, start=1, end=4, input=100, output=10),
        call(3, 1, start=5, end=9, input=200, output=20),
    ]

    assert {1, 2, 3} == counted(*nodes)
