"""Rule C10 on hand-made nodes, what one record of a call takes from another, and running totals (C4d)."""

from __future__ import annotations

from typing import Any

import pytest

from harness.reported_nodes import call, container, span, verdicts
from tokenlake_collector.account.families import stored_form
from tokenlake_collector.account.reports import Node, Report

SDK: dict[str, Any] = {"scope": "com.anthropic.sdk.python", "dialect": "anthropic-sdk"}
FRAMEWORK: dict[str, Any] = {"scope": "pydantic-ai", "dialect": "pydantic-ai"}
SPRING: dict[str, Any] = {"scope": "org.springframework.boot", "dialect": "spring-ai"}


def rows(*nodes: Node) -> dict[int, dict[str, Any]]:
    """Return the rows as they are stored, by number."""
    found = verdicts(*nodes)
    return {
        node.id.int: stored_form(node.row, found[node.id.int]) for node in nodes if isinstance(node, Report)
    }


# Inheritance


@pytest.mark.parametrize("column", ["session_id", "user_id", "channel"])
def test_c10_the_nearest_ancestor_that_has_it_gives_identity(column: str) -> None:
    """Root and agent both name one: the agent's is nearer."""
    of_the_root: dict[str, Any] = {column: "of the root"}
    of_the_agent: dict[str, Any] = {column: "of the agent"}

    found = rows(
        span(1, **of_the_root),
        span(2, 1, role="agent", **of_the_agent),
        span(3, 2),
        call(4, 3, input=100),
    )

    assert "of the agent" == found[4][column]


def test_c10_a_calls_own_identity_beats_an_ancestors() -> None:
    """The span itself comes first."""
    assert (
        "own"
        == rows(span(1, session_id="of the root"), call(2, 1, input=1, session_id="own"))[2]["session_id"]
    )


def test_c10_an_ancestor_beats_the_resource() -> None:
    """A resource's session is the window, not the conversation: it comes last."""
    found = rows(span(1, session_id="of the root"), call(2, 1, input=1, resource_session_id="window"))

    assert "of the root" == found[2]["session_id"]


def test_c10_the_resource_gives_the_session_where_nothing_else_does() -> None:
    """Nothing above has one."""
    assert "window" == rows(span(1), call(2, 1, input=1, resource_session_id="window"))[2]["session_id"]


def test_c10_an_uncounted_container_gives_identity_too() -> None:
    """The agent's usage repeats its call, its session counts."""
    found = rows(container(1, input=100, session_id="s", user_id="u"), call(2, 1, input=100))

    assert ("s", "u") == (found[2]["session_id"], found[2]["user_id"])


def test_c10_identity_crosses_a_gap_to_the_container_in_time() -> None:
    """The parent was not received: the tightest container gives what it has."""
    found = rows(span(1, end=20, role="agent", session_id="s"), call(2, 99, start=1, end=9, input=100))

    assert "s" == found[2]["session_id"]


def test_c10_an_unrelated_trace_gives_nothing() -> None:
    """Identity stays inside a trace."""
    found = verdicts(span(1, role="agent", session_id="s"), call(2, trace=2, input=100))

    assert {} == found[2].changes


def test_c10_the_enclosing_agent_or_tool_names_the_detail() -> None:
    """The nearest agent or tool, not a chain step between."""
    found = rows(
        span(1, role="agent", operation_detail="planner"),
        span(2, 1, role="container", operation_detail="step 4"),
        call(3, 2, input=100),
    )

    assert "planner" == found[3]["operation_detail"]


# What is inherited or filled can be told from what was reported


def test_c10_what_was_inherited_is_visible() -> None:
    """`reported` keeps that the record itself had no session."""
    assert '{"session_id": null}' == rows(span(1, session_id="s"), call(2, 1, input=1))[2]["reported"]


def test_c4_a_row_that_nothing_changed_has_nothing_to_report() -> None:
    """The row is as it was reported."""
    assert rows(call(1, input=1))[1]["reported"] is None


def test_c4_an_uncounted_row_keeps_what_it_reported() -> None:
    """A container's own numbers, cost and model stay in its row."""
    agent = container(1, input=999, output=99, read=9, reported_cost=0.5, model="gpt-5")

    found = rows(agent, call(2, 1, input=100, output=10))[1]

    expected = (999, 99, 9, 0.5, "gpt-5", "repeats_its_calls")
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "reported_cost", "model", "reason")
    assert expected == tuple(found[name] for name in names)


# Fills


@pytest.mark.parametrize(
    "told", [{"session_id": "s"}, {"user_id": "u"}, {"channel": "web"}, {"reported_cost": 0.25}]
)
def test_c4_the_kept_record_takes_what_it_lacks_from_the_other(told: dict[str, Any]) -> None:
    """Identity and cost of the framework's record reach the SDK's, which is kept."""
    found = rows(call(1, input=100, output=10, **FRAMEWORK, **told), call(2, 1, input=100, output=10, **SDK))

    ((name, value),) = told.items()
    assert (None, value) == (found[2]["reason"], found[2][name])


def test_c4_the_kept_record_takes_the_cache_split() -> None:
    """The SDK's record has no split; the framework's says that 70 of the 100 were read and 20 written."""
    found = rows(
        call(1, input=100, output=10, read=70, written=20, **FRAMEWORK),
        call(2, 1, input=100, output=10, **SDK),
    )

    assert (70, 20) == (found[2]["cache_read_tokens"], found[2]["cache_creation_tokens"])


def test_c4_a_split_that_does_not_fit_is_not_taken() -> None:
    """150 cached tokens cannot be part of an input of 100."""
    found = rows(
        call(1, input=200, output=10, read=150, **FRAMEWORK), call(2, 1, input=100, output=10, **SDK)
    )

    assert (100, 0) == (found[2]["input_tokens"], found[2]["cache_read_tokens"])


def test_c4_what_the_kept_record_has_stays() -> None:
    """Only what is missing is filled."""
    found = rows(
        call(1, input=100, output=10, read=70, session_id="other", reported_cost=9.0, **FRAMEWORK),
        call(2, 1, input=100, output=10, read=60, session_id="own", reported_cost=1.0, **SDK),
    )

    expected = (60, "own", 1.0)
    assert expected == tuple(found[2][name] for name in ("cache_read_tokens", "session_id", "reported_cost"))


def test_c9_no_cost_comes_from_a_container() -> None:
    """An agent's cost is that of all its calls."""
    found = rows(container(1, input=300, reported_cost=0.9), call(2, 1, input=100, output=10))

    assert found[2]["reported_cost"] is None


# Running totals


def loop(*counts: tuple[int, int], **told: Any) -> list[dict[str, Any]]:
    """Return the rows of sibling chat spans, one after the other, of an emitter that may accumulate."""
    calls = [
        call(n, 1, start=2 * n, end=2 * n + 1, input=i, output=o, **(SPRING | told))
        for n, (i, o) in enumerate(counts, 2)
    ]
    return list(rows(span(1, end=99), *calls).values())


def tokens(found: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Return input and output per row."""
    return [(row["input_tokens"], row["output_tokens"]) for row in found]


def test_c4d_running_totals_are_stored_as_differences() -> None:
    """100/10, then 250/25, then 460/35 are calls of 100/10, 150/15 and 210/10; 460/35 in all."""
    assert [(100, 10), (150, 15), (210, 10)] == tokens(loop((100, 10), (250, 25), (460, 35)))


def test_c4d_what_was_reported_stays_visible() -> None:
    """The second row keeps that its record said 250 and 25."""
    reported = loop((100, 10), (250, 25))[1]["reported"]

    assert '"input_tokens": 250' in reported
    assert '"output_tokens": 25' in reported


def test_c4d_output_that_falls_once_means_per_call() -> None:
    """100/30, 250/25, 460/35: the second output is smaller, so none is a total."""
    assert [(100, 30), (250, 25), (460, 35)] == tokens(loop((100, 30), (250, 25), (460, 35)))


def test_c4d_input_that_grows_too_little_means_per_call() -> None:
    """120 is less than 100 plus the 100 of the call before, whose messages a loop sends again."""
    assert [(100, 10), (120, 15)] == tokens(loop((100, 10), (120, 15)))


def test_c4d_other_emitters_are_believed() -> None:
    """The same numbers of an emitter that is not known to accumulate are three calls."""
    told = {"scope": "opentelemetry.instrumentation.openai_v2", "dialect": "semconv"}

    assert [(100, 10), (250, 25), (460, 35)] == tokens(loop((100, 10), (250, 25), (460, 35), **told))


def test_c4d_context_follows_the_input() -> None:
    """The context of a call is its own input."""
    assert [100, 150] == [row["context_tokens"] for row in loop((100, 10), (250, 25))]
