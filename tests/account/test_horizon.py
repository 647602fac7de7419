"""How far in time relatives are found: a trace stays open for 24 hours after its last span (C4)."""

from __future__ import annotations

import pytest

from harness.reported_failures import genai, span, usage

HOUR = 3600


@pytest.mark.parametrize("order", [1, -1], ids=["call first", "agent first"])
def test_c4_an_agent_that_ran_for_days_still_repeats_its_calls(order: int) -> None:
    """It began 30 hours before its call, which ended with it: 100/10, not 200/20."""
    requests = [
        span(1, 0, genai("invoke_agent", (100, 10)), end=30 * HOUR),
        span(2, 1, genai("chat", (100, 10)), start=29.9 * HOUR, end=30 * HOUR - 1),
    ]

    assert {"calls": 1, "input": 100, "output": 10} == usage(*requests[::order])


@pytest.mark.parametrize("order", [1, -1], ids=["root last", "root first"])
def test_c4_a_trace_of_two_days_is_one_trace(order: int) -> None:
    """Calls at 1, 20 and 40 hours below one agent: none is 24 hours from the next, so 600/60 is a repeat."""
    requests = [
        span(1, 0, genai("invoke_agent", (600, 60)), end=41 * HOUR),
        *(
            span(
                number,
                1,
                genai("chat", (100 * number, 10 * number)),
                start=hours * HOUR,
                end=hours * HOUR + 9,
            )
            for number, hours in ((1 + 1, 1), (2 + 1, 20), (3 + 1, 40))
        ),
    ]

    assert {"calls": 3, "input": 900, "output": 90} == usage(*requests[::order])


def test_c4_a_call_arrives_hours_after_its_agent() -> None:
    """The agent was the only reporter for 20 hours; then its call arrives and takes its place: 100/10."""
    requests = [
        span(2, 1, genai("chat", (100, 10)), start=1, end=9),
        span(5, 0, genai("chat", (7, 7)), start=20 * HOUR, end=20 * HOUR + 1, trace_id=9),
        span(1, 0, genai("invoke_agent", (100, 10))),
    ]

    assert {"calls": 2, "input": 107, "output": 17} == usage(*requests)


def test_c4_equal_ends_count_to_the_nanosecond() -> None:
    """Both spans end at 10,999 ns; one began at 1,999 ns, the other, its copy, at 2,000 ns: one call."""
    outer = span(1, 0, genai("chat", (100, 10)), start=1.999e-6, end=10.999e-6, scope="pydantic-ai")
    inner = span(2, 1, genai("chat", (100, 10)), start=2.000e-6, end=10.999e-6)

    assert {"calls": 1, "input": 100, "output": 10} == usage(outer, inner)
