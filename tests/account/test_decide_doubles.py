"""A framework's and an SDK's reports of one call that neither an id nor the tree connects."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.reported_nodes import call, container, counted, span, verdicts
from tokenlake_collector.account.reports import Report

FRAMEWORK: dict[str, Any] = {"dialect": "openinference", "scope": "openinference.instrumentation.langchain"}
GATEWAY: dict[str, Any] = {"dialect": "litellm", "scope": "litellm"}


def sdk(number: int, parent: int | None = None, **told: Any) -> Report:
    """Return an SDK's report, in a trace of its own unless told otherwise, from 2 to 8 s: 100/10."""
    options: dict[str, Any] = {
        "start": 2,
        "end": 8,
        "input": 100,
        "output": 10,
        "service_name": "agent",
        "trace": number,
    }
    return call(number, parent, **(options | told))


def framework(number: int, parent: int | None = None, **told: Any) -> Report:
    """Return a framework's report from 1 to 9 s: 100/10."""
    return sdk(number, parent, **({"start": 1, "end": 9} | FRAMEWORK | told))


def test_a_stream_without_an_id_is_one_call_with_its_double() -> None:
    """LangChain's span in one trace, the SDK's in another: the SDK's is kept, and takes the session."""
    found = verdicts(framework(1, session_id="s"), sdk(2, response_id="msg_1"))

    assert ("same_call", UUID(int=2)) == (found[1].reason, found[1].counted_id)
    assert {"session_id": "s"} == found[2].changes


def test_an_embedding_is_one_call_with_its_double() -> None:
    """Embeddings have no output and no id."""
    assert {2} == counted(framework(1, output=0, **GATEWAY), sdk(2, output=0))


def test_reports_side_by_side_in_one_trace_are_two_calls() -> None:
    """Two sibling leaves are two calls unless provider ids are equal (rule C4)."""
    nodes = [span(1, trace=1), framework(2, 1, trace=1), sdk(3, 1, trace=1)]

    assert {2, 3} == counted(*nodes)


def test_ids_of_a_framework_and_unknown_owners_keep_nothing_apart() -> None:
    """LiteLLM makes an id of its own, and one of the two knows the session."""
    upper = framework(1, session_id="s", response_id="abd81f6a", service_instance="i", **GATEWAY)

    assert {2} == counted(upper, sdk(2, service_instance="i", response_id="msg_2"))


@pytest.mark.parametrize(
    "other",
    [
        {"start": 0.5},
        {"end": 9.5},
        {"input": 99},
        {"output": 11},
        {"model": "gpt-5-mini"},
        {"service_name": "another"},
        {"service_name": None},
        {"service_instance": "another"},
        {"session_id": "another"},
        {"response_id": "msg_2"},
        {"scope": "openinference.instrumentation.crewai", "dialect": "openinference"},
        {"signal": "log"},
    ],
    ids=str,
)
def test_what_differs_is_two_calls(other: dict[str, Any]) -> None:
    """Not within it, other counts, model, process, session or id, or both of a framework."""
    upper = framework(1, session_id="s", response_id="msg_1", service_instance="i")

    assert 2 == len(counted(upper, sdk(2, **({"service_instance": "i"} | other))))


def test_calls_of_no_tokens_have_no_doubles() -> None:
    """Failures have no numbers, so nothing tells one from another."""
    told: dict[str, Any] = {"input": 0, "output": 0, "error_type": "429"}

    assert {1, 2} == counted(framework(1, **told), sdk(2, **told))


def test_sessions_of_agents_above_tell_calls_apart() -> None:
    """Two agents in one process, each in a session."""
    nodes = [
        span(1, trace=1, role="agent", session_id="one"),
        framework(2, 1, trace=1),
        span(3, trace=3, role="agent", session_id="two"),
        sdk(4, 3, trace=3),
    ]

    assert {2, 4} == counted(*nodes)


def test_a_session_of_the_process_tells_nothing_apart() -> None:
    """A resource's session is the last one that is looked at (C10)."""
    told: dict[str, Any] = {"resource_session_id": "process"}
    nodes = [
        span(1, trace=1, role="agent", session_id="one"),
        framework(2, 1, trace=1, **told),
        sdk(4, **told),
    ]

    assert {4} == counted(*nodes)


def test_a_call_below_a_tool_of_the_framework_stays_a_call_of_its_own() -> None:
    """What the tree tells is not asked again (C4b)."""
    nodes = [
        framework(1, trace=1),
        span(2, 1, trace=1, role="tool", start=1.5, end=8.5),
        sdk(3, 2, trace=1),
    ]

    assert {1, 3} == counted(*nodes)


# One each


def test_a_framework_has_one_double() -> None:
    """Two equal calls by the SDK within one of the framework: one of them was made directly."""
    assert {2, 3} == counted(framework(1), sdk(2), sdk(3, start=3, end=7))


def test_equal_calls_that_begin_together_are_told_apart_by_their_ends() -> None:
    """Two embeddings at once: each of the framework's ends just after that of its SDK."""
    upper = [framework(1, end=9), framework(2, end=11)]
    lower = [sdk(3, end=8.5), sdk(4, end=10.5)]

    assert {3, 4} == counted(*upper, *lower)


def test_an_sdk_has_one_double_of_a_framework() -> None:
    """Two equal calls of the framework around one by the SDK: the other went to a silent SDK."""
    assert {1, 3} == counted(framework(1), framework(2, start=1.5), sdk(3))


def test_a_framework_that_has_a_copy_by_id_takes_no_double() -> None:
    """The framework's answer carries the id of one call, so the other was made directly."""
    nodes = [framework(1, response_id="msg_1"), sdk(2, start=3, response_id="msg_1"), sdk(3)]

    assert {2, 3} == counted(*nodes)


def test_two_frameworks_around_one_call_are_one_call() -> None:
    """LangChain over LiteLLM over OpenAI's SDK, in three traces."""
    assert {3} == counted(framework(1), framework(2, start=1.5, end=8.5, **GATEWAY), sdk(3))


def test_a_doubled_call_is_repeated_by_its_agent() -> None:
    """The agent's total is not counted, though the report below it is not either."""
    nodes = [
        container(1, trace=1, input=100, output=10, start=0, end=20),
        framework(2, 1, trace=1),
        sdk(3),
    ]

    assert {3} == counted(*nodes)


@given(st.lists(st.integers(2, 30), min_size=1, max_size=6), st.integers(0, 3), st.randoms())
@settings(max_examples=40)
def test_equal_calls_at_the_same_time_are_counted_once_each(
    lengths: list[int], direct: int, random: Any
) -> None:
    """A framework's calls begin one after the other and end anyhow; some more are made directly."""
    upper = [framework(n, start=n, end=n + 1 + length) for n, length in enumerate(lengths, 1)]
    lower = [sdk(100 + n, start=n + 0.5, end=n + 0.5 + length) for n, length in enumerate(lengths, 1)]
    others = [sdk(200 + n, start=1.5 + n / 4, end=2.5 + n / 4) for n in range(1, direct + 1)]
    nodes = [*upper, *lower, *others]
    random.shuffle(nodes)

    assert {report.id.int for report in [*lower, *others]} == counted(*nodes)
