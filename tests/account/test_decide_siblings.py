"""Rule C4 on siblings, failed attempts, copies in other traces and below clients (C7), and broken chains."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.reported_nodes import call, container, counted, span, verdicts
from tokenlake_collector.account.reports import Node

OTHER = "openinference.instrumentation.openai"
CLIENT, SERVER = 3, 2


# Siblings


def test_c4_siblings_without_ids_are_two_calls() -> None:
    """Equal numbers side by side prove nothing."""
    assert {2, 3} == counted(
        span(1, role="agent"), call(2, 1, input=100, output=10), call(3, 1, input=100, output=10, scope=OTHER)
    )


def test_c4_siblings_with_the_same_provider_id_are_one_call() -> None:
    """Two instrumentations side by side saw the same message."""
    nodes = [
        call(2, 1, input=100, output=10, response_id="msg_1"),
        call(3, 1, input=100, output=12, response_id="msg_1", scope=OTHER),
    ]

    assert 1 == len(counted(*nodes))


def test_c4_failed_siblings_of_two_scopes_one_inside_the_other_are_one_failed_call() -> None:
    """Two instrumentations saw the same attempt fail."""
    nodes = [
        call(2, 1, start=1, end=5, error_type="429"),
        call(3, 1, start=2, end=4, error_type="429", scope=OTHER),
    ]

    assert 1 == len(counted(*nodes))


@pytest.mark.parametrize(
    ("start", "end", "scope"),
    [(6, 8, OTHER), (4, 8, OTHER), (2, 4, "opentelemetry.instrumentation.openai_v2")],
    ids=["after it", "overlapping it", "of the same scope"],
)
def test_c4_other_failed_siblings_are_calls_of_their_own(start: int, end: int, scope: str) -> None:
    """A retry is another attempt."""
    assert {2, 3} == counted(
        call(2, 1, start=1, end=5, error_type="429"),
        call(3, 1, start=start, end=end, error_type="429", scope=scope),
    )


def test_c8_every_failed_attempt_is_a_call_beside_the_one_that_succeeds() -> None:
    """Two failed attempts and a success in a framework span: two errors and one call."""
    nodes = [
        call(1, scope="pydantic-ai", dialect="pydantic-ai", input=100, output=10),
        call(2, 1, start=1, end=2, error_type="529"),
        call(3, 1, start=3, end=4, error_type="529"),
        call(4, 1, start=5, end=9, input=100, output=10),
    ]

    assert {2, 3, 4} == counted(*nodes)


def test_c8_failed_attempts_in_a_failed_wrapper_stay_as_many() -> None:
    """Three attempts of one scope below a framework span that failed as the last did: three errors."""
    nodes = [
        call(1, scope="pydantic-ai", dialect="pydantic-ai", error_type="529"),
        *(call(n, 1, start=2 * n, end=2 * n + 1, error_type="529") for n in (2, 3, 4)),
    ]

    assert 3 == len(counted(*nodes))


# Across traces


def test_c4_an_equal_id_in_another_trace_with_an_equal_count_is_one_call() -> None:
    """OpenRouter broadcasts its copy in a trace of its own."""
    nodes = [
        call(1, trace=1, response_id="gen-1", input=100, output=10),
        call(2, trace=2, response_id="gen-1", input=100, output=12, scope="openrouter", dialect="openrouter"),
    ]

    found = verdicts(*nodes)

    assert ("same_call", UUID(int=1)) == (found[2].reason, found[2].counted_id)


def test_c4_an_equal_id_without_an_equal_count_proves_nothing() -> None:
    """OpenAI-compatible servers make ids out of a small random number."""
    assert {1, 2} == counted(
        call(1, trace=1, response_id="chatcmpl-417", input=100, output=10),
        call(2, trace=2, response_id="chatcmpl-417", input=200, output=20),
    )


@pytest.mark.parametrize("start", [11, 40])
def test_c4_an_equal_id_at_another_time_proves_nothing(start: int) -> None:
    """The same server a second, or half a minute, after its answer: a new call of equal length."""
    assert {1, 2} == counted(
        call(1, trace=1, response_id="chatcmpl-417", input=100, output=10),
        call(2, trace=2, start=start, end=start + 10, response_id="chatcmpl-417", input=200, output=10),
    )


# The client and its servers


def test_c7_a_server_span_below_a_client_span_is_the_same_call() -> None:
    """The engine counts other tokens than the client: still the same call, and the client's is kept."""
    nodes = [
        call(1, span_kind=CLIENT, input=100, output=10),
        call(2, 1, span_kind=SERVER, input=97, output=12, scope="vllm.llm_engine", dialect="vllm"),
    ]

    assert {1} == counted(*nodes)


def test_c7_a_server_span_further_below_is_the_same_call_too() -> None:
    """Client, gateway, engine: all three describe one call, whatever the servers count."""
    nodes = [
        call(1, span_kind=CLIENT, input=100, output=10),
        call(2, 1, span_kind=SERVER, input=100, output=13, scope="litellm", dialect="litellm"),
        call(3, 2, span_kind=SERVER, input=95, output=10, scope="vllm.llm_engine", dialect="vllm"),
    ]

    assert {1} == counted(*nodes)


def test_c7_different_response_ids_make_two_calls() -> None:
    """The exception of the rule."""
    assert {1, 2} == counted(
        call(1, span_kind=CLIENT, input=100, output=10, response_id="msg_1"),
        call(2, 1, span_kind=SERVER, input=100, output=10, response_id="msg_2"),
    )


def test_c7_without_a_client_span_the_server_is_counted() -> None:
    """Only the engine reports."""
    assert {2} == counted(span(1), call(2, 1, span_kind=SERVER, input=100, output=10))


def test_c7_a_client_span_without_usage_does_not_hide_the_servers_tokens() -> None:
    """The client's record says nothing of tokens; the engine's 100 + 10 are counted, once."""
    nodes = [
        call(1, span_kind=CLIENT, reason="no_usage"),
        call(2, 1, span_kind=SERVER, input=100, output=10, scope="vllm.llm_engine", dialect="vllm"),
    ]
    found = verdicts(*nodes)
    rows = {node.id.int: node.row | found[node.id.int].changes for node in nodes}
    kept = [row for number, row in rows.items() if found[number].reason is None]

    assert [(100, 10)] == [(row["input_tokens"], row["output_tokens"]) for row in kept]


# Broken chains


def test_c4_over_a_gap_the_tightest_container_in_time_is_the_ancestor() -> None:
    """The call's parent was not received; the inner agent encloses it, so both agents repeat it."""
    nodes = [
        container(1, end=20, input=300, output=30),
        container(2, 1, start=1, end=10, input=100, output=10),
        call(3, 99, start=2, end=9, input=100, output=10),
    ]

    found = verdicts(*nodes)

    assert {3} == counted(*nodes)
    assert UUID(int=3) == found[2].counted_id


def test_c4_a_container_beside_the_call_in_time_is_not_its_ancestor() -> None:
    """A call that begins before the agent is not the agent's."""
    assert {1, 2} == counted(
        container(1, start=5, end=10, input=100, output=10), call(2, 99, start=4, end=9, input=100, output=10)
    )


def test_c4_the_real_parent_takes_the_place_of_the_guess() -> None:
    """The parent arrives and hangs below another agent: the first agent's usage is its own after all."""
    agents = [container(1, end=20, input=500, output=50), container(2, end=30, input=100, output=10)]
    leaf = call(3, 4, start=2, end=9, input=100, output=10)
    parent = span(4, 2, start=1, end=10)

    assert {2, 3} == counted(*agents, leaf)
    assert {1, 3} == counted(*agents, leaf, parent)


def test_c4_a_call_with_a_received_parent_is_not_guessed_at() -> None:
    """The root is known, so an agent that only overlaps in time is not above the call."""
    assert {2, 3} == counted(
        span(1, end=20), container(2, 1, end=15, input=500, output=50), call(3, 1, end=9, input=1, output=1)
    )


# The order of the nodes


@given(st.permutations(range(7)))
def test_c4_the_order_of_the_nodes_does_not_matter(order: list[int]) -> None:
    """Verdicts are a function of the set."""
    nodes: list[Node] = [
        container(1, end=30, input=300, output=30, session_id="s"),
        call(2, 99, start=1, end=9, scope="pydantic-ai", dialect="pydantic-ai", input=100, output=10),
        call(3, 2, start=2, end=8, input=100, output=10, response_id="msg_1"),
        call(4, 2, start=2, end=8, input=100, output=10, response_id="msg_1", scope=OTHER),
        call(5, 99, start=10, end=12, error_type="500"),
        call(6, 99, start=10, end=12, error_type="500", scope=OTHER),
        span(7, 1, start=9, end=13, user_id="u"),
    ]

    assert verdicts(*nodes) == verdicts(*(nodes[index] for index in order))


def test_c4_two_times_that_are_equal_to_the_microsecond_are_within_each_other() -> None:
    """Equal ends count: a copy that began a moment later and ended with its parent lies inside it."""
    nodes = [call(1, start=0, end=1.5, input=100, output=10), call(2, 1, start=0.25, end=1.5, input=100)]

    assert 1 == len(counted(*nodes))
