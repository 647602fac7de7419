"""Failures that users reported, kind C: one call on spans, log records and metrics. One test each."""

from __future__ import annotations

from typing import Any

from harness.captures import Request
from harness.otlp import NOON_NS
from harness.otlp_points import MINUTE_NS, PointSpec, point_bytes
from harness.reported_failures import genai, log, span, usage
from tokenlake_collector.signals import Signal

CLAUDE_CODE = {"service.name": "claude-code"}
EVENTS = "com.anthropic.claude_code.events"
CALL = {
    "event.name": "api_request",
    "session.id": "s",
    "model": "claude-sonnet-4-5",
    "input_tokens": "10",
    "output_tokens": "50",
    "cache_read_tokens": "700",
    "cache_creation_tokens": "90",
    "duration_ms": "10000",
    "request_id": "req_1",
}
RIGHT = {"calls": 1, "input": 800, "output": 50, "read": 700, "written": 90}


def metric(
    name: str, *types: tuple[str, int], scope: str = "", key: str = "type", **resource: str
) -> Request:
    """Return a minute's points of one metric, one per type."""
    attributes: dict[str, Any] = {"session.id": "s", "model": "claude-sonnet-4-5"}
    points = [PointSpec(name, value, attributes | {key: kind}) for kind, value in types]
    return Request(Signal.METRICS, point_bytes(*points, scope=scope, resource=resource))


def of_claude_code(attributes: dict[str, Any]) -> Request:
    """Return Claude Code's log record of a call that ended at 10 s."""
    return log(attributes, "claude_code.api_request", at=10, scope=EVENTS, resource=CLAUDE_CODE)


def test_claude_code_log_alone() -> None:
    """The log's four counts are disjoint and strings: 10 + 700 + 90 input, not 10 and not 0."""
    assert RIGHT == usage(of_claude_code(CALL))


def test_claude_code_log_and_span() -> None:
    """claude-code: `api_request` and `claude_code.llm_request` are one request id; 800/50, not 1600/100."""
    counts: dict[str, Any] = {key: int(CALL[key]) for key in CALL if key.endswith("_tokens")}
    attributes: dict[str, Any] = counts | {
        "gen_ai.request.model": CALL["model"],
        "gen_ai.response.id": "req_1",
    }

    found = usage(
        span(
            1,
            0,
            attributes,
            name="claude_code.llm_request",
            scope="com.anthropic.claude_code.tracing",
            resource=CLAUDE_CODE,
        ),
        of_claude_code(CALL),
    )

    assert RIGHT == found


def test_claude_code_log_and_metric() -> None:
    """Otari PR 567: logs and metrics billed the same tokens; 800/50, not 1600/100."""
    found = usage(
        of_claude_code(CALL),
        metric(
            "claude_code.token.usage",
            ("input", 10),
            ("output", 50),
            ("cacheRead", 700),
            ("cacheCreation", 90),
            scope="com.anthropic.claude_code",
            **{"service.name": "claude-code"},
        ),
    )

    assert RIGHT == found


def test_claude_code_metric_alone() -> None:
    """Where logs are off the metric is all there is: 10 + 700 + 90 input, 50 output, no call."""
    found = usage(
        metric(
            "claude_code.token.usage",
            ("input", 10),
            ("output", 50),
            ("cacheRead", 700),
            ("cacheCreation", 90),
            scope="com.anthropic.claude_code",
            **{"service.name": "claude-code"},
        )
    )

    assert {"input": 800, "output": 50, "read": 700, "written": 90} == {
        k: found[k] for k in found if k != "calls"
    }


def test_claude_code_subagent_totals_are_no_call() -> None:
    """`subagent_completed` sums the subagent's requests, which have records of their own; 800/50."""
    done = {"event.name": "subagent_completed", "session.id": "s", "total_tokens": "850"}

    found = usage(
        of_claude_code(CALL),
        log(done, "claude_code.subagent_completed", at=11, scope=EVENTS, resource=CLAUDE_CODE),
    )

    assert RIGHT == found


def test_details_event_of_a_counted_span() -> None:
    """OTel 1.37: the details event repeats its span's usage under its ids; 100/10, not 200/20."""
    attributes: dict[str, Any] = genai("chat", (100, 10))
    where: dict[str, Any] = {"trace_id": (1).to_bytes(16, "big"), "span_id": (1).to_bytes(8, "big")}
    event = attributes | {"event.name": "gen_ai.client.inference.operation.details"}

    found = usage(
        span(1, 0, attributes, scope="opentelemetry.instrumentation.openai_v2"),
        log(event, at=10, scope="opentelemetry.instrumentation.openai_v2", **where),
    )

    assert {"calls": 1, "input": 100, "output": 10} == found


def test_standard_metric_beside_spans() -> None:
    """`gen_ai.client.token.usage` counts the tokens of the spans again; 100/10, not 200/20."""
    told: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5",
    }
    points = [
        PointSpec("gen_ai.client.token.usage", 100, told | {"gen_ai.token.type": "input"}, kind="histogram"),
        PointSpec("gen_ai.client.token.usage", 10, told | {"gen_ai.token.type": "output"}, kind="histogram"),
    ]
    service: dict[str, Any] = {"service.name": "app"}

    found = usage(
        span(1, 0, told | genai("chat", (100, 10)), resource=service),
        Request(Signal.METRICS, point_bytes(*points, resource=service)),
    )

    assert {"calls": 1, "input": 100, "output": 10} == found


def test_total_type_is_not_a_third_count() -> None:
    """Spring AI and Envoy: a `total` series beside input and output; 100/10, not 210."""
    told: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5",
    }
    points = [
        PointSpec("gen_ai.client.token.usage", value, told | {"gen_ai.token.type": kind})
        for kind, value in (("input", 100), ("output", 10), ("total", 110))
    ]

    found = usage(Request(Signal.METRICS, point_bytes(*points, resource={"service.name": "app"})))

    assert (100, 10) == (found["input"], found["output"])


def test_cumulative_points_are_running_totals() -> None:
    """smithers#1436 on metrics: 100, then 250, then 460 since one start are 460, not 810."""
    told: dict[str, Any] = {
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.token.type": "input",
    }
    points = [
        PointSpec(
            "gen_ai.client.token.usage",
            value,
            told,
            temporality=2,
            end_ns=NOON_NS + (number + 1) * MINUTE_NS,
        )
        for number, value in enumerate((100, 250, 460))
    ]
    requests = [
        Request(Signal.METRICS, point_bytes(point, resource={"service.name": "app"})) for point in points
    ]

    assert 460 == usage(*requests)["input"]
