"""Metric points to rows (rule C6): one realistic point of each dialect, with figures by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.otlp import NOON_NS
from harness.otlp_points import CUMULATIVE, MINUTE_NS, PointSpec, point_bytes, point_row, point_rows

NOON = datetime(2026, 5, 28, 20, 26, 40)
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens", "reasoning_tokens")

STANDARD = PointSpec(
    "gen_ai.client.token.usage",
    250.0,
    {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.response.model": "gpt-5-2025-08-07",
        "gen_ai.token.type": "input",
    },
    kind="histogram",
    temporality=CUMULATIVE,
)
CLAUDE_CODE = PointSpec(
    "claude_code.token.usage",
    100.0,
    {"type": "input", "session.id": "s", "model": "claude-sonnet-4-5", "query_source": "main"},
)


def typed(point: PointSpec, **attributes: Any) -> PointSpec:
    return replace(point, attributes={**point.attributes, **attributes})


def tokens(row: dict[str, Any]) -> tuple[int, ...]:
    """Input, output, cache read, cache creation, reasoning."""
    return tuple(row[name] for name in TOKENS)


def count(name: str, **attributes: Any) -> tuple[int, ...] | None:
    """Return the tokens of a point of value 100, None if it gives no row."""
    rows = point_rows(point_bytes(PointSpec(name, 100, attributes)))
    return tokens(rows[0]) if rows else None


def test_c6_a_histogram_counts_by_its_sum() -> None:
    """1: `gen_ai.client.token.usage` is read by its sum, 250 tokens, whatever the count of values."""
    row = point_row(
        STANDARD, scope="opentelemetry.instrumentation.openai_v2", resource={"service.name": "shop"}
    )

    assert (250, 0, 0, 0, 0) == tokens(row)
    assert {
        "model": "gpt-5-2025-08-07",
        "request_model": "gpt-5",
        "provider": "openai",
        "operation_type": "chat",
        "signal": "metric",
        "role": "leaf",
        "dialect": "semconv",
        "input_rule": "cumulative",
        "service_name": "shop",
        "scope": "opentelemetry.instrumentation.openai_v2",
        "reason": None,
        "trace_id": None,
        "span_id": None,
        "reported_cost": None,
    }.items() <= row.items()


@pytest.mark.parametrize("kind", ["sum", "histogram", "exponential_histogram"])
def test_c6_all_kinds_of_metric_that_add_up_are_read(kind: str) -> None:
    """A counter (Spring AI), a histogram, an exponential histogram (an SDK's choice)."""
    assert 250 == point_row(replace(STANDARD, kind=kind))["input_tokens"]


@pytest.mark.parametrize("kind", ["gauge", "summary"])
def test_c6_what_does_not_add_up_is_not_read(kind: str) -> None:
    """A gauge is a level; a summary has no temporality."""
    assert [] == point_rows(point_bytes(replace(STANDARD, kind=kind)))


@pytest.mark.parametrize(
    ("token_type", "expected"),
    [
        ("input", (100, 0, 0, 0, 0)),
        ("prompt", (100, 0, 0, 0, 0)),
        ("output", (0, 100, 0, 0, 0)),
        ("completion", (0, 100, 0, 0, 0)),
        ("total", None),
        ("cached_input", None),
        ("cache_creation_input", None),
        ("reasoning", None),
        (None, None),
    ],
)
def test_c6_standard_types(token_type: str | None, expected: tuple[int, ...] | None) -> None:
    """C6: any gen_ai.token.type but input and output overlaps with these; older emitters say completion."""
    assert expected == count("gen_ai.client.token.usage", **{"gen_ai.token.type": token_type})


@pytest.mark.parametrize(
    ("token_type", "expected"),
    [
        ("input", (100, 0, 0, 0, 0)),
        ("output", (0, 100, 0, 0, 0)),
        ("cacheRead", (100, 0, 100, 0, 0)),
        ("cacheCreation", (100, 0, 0, 100, 0)),
        ("other", None),
    ],
)
def test_6a_types_of_claude_code(token_type: str, expected: tuple[int, ...] | None) -> None:
    """6a: the four types are disjoint, so cache counts for the input as well."""
    assert expected == count("claude_code.token.usage", type=token_type)


@pytest.mark.parametrize(
    ("token_type", "expected"),
    [
        ("input", (100, 0, 0, 0, 0)),
        ("output", (0, 100, 0, 0, 0)),
        ("total", None),
        ("cached_input", None),
        ("cache_write_input", None),
        ("reasoning_output", None),
    ],
)
def test_6b_types_of_codex(token_type: str, expected: tuple[int, ...] | None) -> None:
    """6b: the types overlap; only input and output are counted."""
    assert expected == count("codex.turn.token_usage", token_type=token_type)


@pytest.mark.parametrize(
    ("token_type", "expected"),
    [
        ("input", (100, 0, 0, 0, 0)),
        ("tool", (100, 0, 0, 0, 0)),
        ("output", (0, 100, 0, 0, 0)),
        ("thought", (0, 100, 0, 0, 100)),
        ("cache", None),
    ],
)
def test_6c_types_of_gemini_cli(token_type: str, expected: tuple[int, ...] | None) -> None:
    """6c: thought lies beside output and tool beside input; cache is inside input."""
    assert expected == count("gemini_cli.token.usage", type=token_type)


@pytest.mark.parametrize(
    ("token_type", "expected"),
    [("input", (100, 0, 0, 0, 0)), ("output", (0, 100, 0, 0, 0)), ("thought", None), ("cache", None)],
)
def test_6d_types_of_qwen_code(token_type: str, expected: tuple[int, ...] | None) -> None:
    """6d: its providers are OpenAI-compatible as a rule, whose output has the thoughts inside."""
    assert expected == count("qwen-code.token.usage", type=token_type)


@pytest.mark.parametrize(
    ("token_type", "expected"),
    [
        ("input", (100, 0, 0, 0, 0)),
        ("output", (0, 100, 0, 0, 0)),
        ("reasoning", (0, 100, 0, 0, 100)),
        ("cacheRead", (100, 0, 100, 0, 0)),
        ("cacheCreation", (100, 0, 0, 100, 0)),
    ],
)
@pytest.mark.parametrize("prefix", ["opencode.", "claude_code.", "acme.", ""])
def test_6f_types_of_opencode(prefix: str, token_type: str, expected: tuple[int, ...]) -> None:
    """6f: all five are disjoint; the prefix is configurable, so the scope tells."""
    point = PointSpec(f"{prefix}token.usage", 100, {"type": token_type})
    row = point_row(point, scope="com.opencode")

    assert ("opencode", expected) == (row["dialect"], tokens(row))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cline.tokens.input.total", (100, 0, 0, 0, 0)),
        ("cline.tokens.output.total", (0, 100, 0, 0, 0)),
        ("cline.cache.read.tokens.total", (100, 0, 100, 0, 0)),
        ("cline.cache.write.tokens.total", (100, 0, 0, 100, 0)),
        ("cline.tokens.input.per_response", None),
        ("cline.cache.read.tokens.per_event", None),
        ("cline.cost.total", None),
    ],
)
def test_6g_counters_of_cline(name: str, expected: tuple[int, ...] | None) -> None:
    """6g: the input lies beside the cache; per_response and per_event repeat the counters."""
    assert expected == count(name, ulid="01J", model="m")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gen_ai.client.inference.usage.input_tokens", (100, 0, 0, 0, 0)),
        ("gen_ai.client.inference.usage.output_tokens", (0, 100, 0, 0, 0)),
        ("gen_ai.client.inference.usage.cache_read.input_tokens", None),
        ("gen_ai.client.inference.usage.cache_write.input_tokens", None),
        ("gen_ai.client.inference.usage.reasoning.output_tokens", None),
        ("gen_ai.client.inference.operation.input_tokens", None),
        ("gen_ai.client.embeddings.operation.input_tokens", None),
        ("gen_ai.client.operation.duration", None),
        ("claude_code.cost.usage", None),
        ("opencode.session.token.total", None),
    ],
)
def test_c6_newer_counters_and_what_repeats_them(name: str, expected: tuple[int, ...] | None) -> None:
    """1: cache and reasoning counters are subsets, distributions describe the same tokens; C9: no cost."""
    assert expected == count(name)


@pytest.mark.parametrize(("scope", "dialect"), [("gemini-cli", "gemini-cli"), ("qwen-code", "qwen-code")])
def test_6c_the_standard_metric_of_gemini_cli_is_never_counted(scope: str, dialect: str) -> None:
    """6c: its own metric counts thoughts and tools too; both would count the rest twice."""
    row = point_row(STANDARD, scope=scope)

    assert (dialect, "never", "never_counted") == (row["dialect"], row["role"], row["reason"])


def test_2_the_metric_of_crewai_is_never_counted() -> None:
    """2: CrewAI records its agents' lifetime totals again for every task."""
    row = point_row(STANDARD, scope="opentelemetry.instrumentation.crewai")

    assert "never_counted" == row["reason"]


def test_7l_points_of_agents_are_never_counted() -> None:
    """7l: util-genai records the token metric for agents as well as for their calls."""
    row = point_row(typed(STANDARD, **{"gen_ai.operation.name": "invoke_agent"}))

    assert "never_counted" == row["reason"]


def test_c10_embeddings_are_an_operation_of_their_own() -> None:
    """C10: the operation's spelling is normalised."""
    assert (
        "embeddings" == point_row(typed(STANDARD, **{"gen_ai.operation.name": "embedding"}))["operation_type"]
    )


def test_c10_a_point_says_who_it_is_about() -> None:
    """C10: session, model and detail of the point, the resource's session apart."""
    row = point_row(CLAUDE_CODE, resource={"session.id": "window"})

    assert ("s", "claude-sonnet-4-5", "main", "window", "anthropic") == (
        *(row["session_id"], row["model"], row["operation_detail"]),
        *(row["resource_session_id"], row["provider"]),
    )


def test_only_allow_listed_attributes_of_a_point_are_kept() -> None:
    """Of what is no column only tenant, team, tags and the like are kept."""
    row = point_row(typed(CLAUDE_CODE, team="search", hidden_params="{}"), resource={"tenant": "ignored"})

    assert '{"team": "search"}' == row["attributes"]


def test_c6_a_row_covers_its_points_interval() -> None:
    """C6: from the point's start, here noon, for a minute."""
    row = point_row(CLAUDE_CODE)

    assert (NOON, 60_000.0, "delta") == (row["timestamp"], row["duration_ms"], row["input_rule"])


@pytest.mark.parametrize(("temporality", "rule"), [(0, "cumulative"), (1, "delta"), (2, "cumulative")])
def test_c6_temporality(temporality: int, rule: str) -> None:
    """C6: what says nothing is read as cumulative, which can never count twice."""
    assert rule == point_row(replace(CLAUDE_CODE, temporality=temporality))["input_rule"]


def test_c6_a_point_without_a_start_has_its_end_and_no_duration() -> None:
    """OTLP: start 0 is unknown; the end is the only time that is known."""
    row = point_row(replace(STANDARD, start_ns=0, end_ns=NOON_NS))

    assert (NOON, None) == (row["timestamp"], row["duration_ms"])


@pytest.mark.parametrize("value", [-1, -0.5, 0.5, float("nan"), float("inf"), 2.0**53])
def test_c0_a_value_that_is_no_count_gives_no_row(value: float) -> None:
    """C0: negative, fractional, not a number, or beyond what a double holds exactly."""
    assert [] == point_rows(point_bytes(replace(CLAUDE_CODE, value=value)))


def test_nothing_happened_in_a_point_of_zero() -> None:
    """A cumulative exporter repeats zeros for ever; only without a start may a zero tell a restart."""
    silent = replace(STANDARD, value=0.0)

    assert [] == point_rows(point_bytes(silent))
    assert [0] == [row["input_tokens"] for row in point_rows(point_bytes(replace(silent, start_ns=0)))]


def test_unknown_metrics_give_no_rows() -> None:
    """Almost all metrics of the world are not about tokens."""
    others = [PointSpec("http.server.duration", 5.0, {"type": "input"}), PointSpec("token.usage", 5)]

    assert [] == point_rows(point_bytes(*others), point_bytes(), b"")


@given(
    st.permutations(range(4)),
    st.integers(0, 4),
    st.permutations(list(CLAUDE_CODE.attributes.items())),
    st.permutations([("service.name", "claude-code"), ("host.name", "h")]),
)
def test_c6_order_and_batching_change_no_id(
    order: list[int], cut: int, own: list[Any], resource: list[Any]
) -> None:
    """Four points, in any order, in one request or two, attributes in any order: the same ids and series."""
    points = [
        replace(CLAUDE_CODE, value=10 + number, end_ns=NOON_NS + number * MINUTE_NS) for number in range(4)
    ]
    where = {"service.name": "claude-code", "host.name": "h"}
    plain = point_rows(point_bytes(*points, resource=where))
    mixed = [replace(points[place], attributes=dict(own)) for place in order]
    parts = (mixed[:cut], mixed[cut:])
    again = point_rows(*(point_bytes(*part, resource=dict(resource)) for part in parts))

    assert 4 == len({row["id"] for row in plain})
    assert {(row["id"], row["series"]) for row in plain} == {(row["id"], row["series"]) for row in again}
    assert 1 == len({row["series"] for row in again})


@pytest.mark.parametrize(
    ("point", "where"),
    [
        (typed(CLAUDE_CODE, type="output"), {}),
        (typed(CLAUDE_CODE, **{"session.id": "other"}), {}),
        (replace(CLAUDE_CODE, name="opencode.token.usage"), {}),
        (CLAUDE_CODE, {"scope": "s"}),
        (CLAUDE_CODE, {"resource": {"host.name": "h"}}),
    ],
)
def test_c6_series_identity(point: PointSpec, where: dict[str, Any]) -> None:
    """C6: resource, scope, metric and all attributes make a series."""
    assert point_row(CLAUDE_CODE)["series"] != point_row(point, **where)["series"]


def test_c6_an_id_is_a_series_and_an_interval() -> None:
    """C6: a re-sent point is the same report, whatever its value; another start or end is another."""
    row = point_row(CLAUDE_CODE)
    later = point_row(replace(CLAUDE_CODE, start_ns=NOON_NS + 1))
    longer = point_row(replace(CLAUDE_CODE, end_ns=NOON_NS + 2 * MINUTE_NS))

    assert row["id"] == point_row(replace(CLAUDE_CODE, value=7))["id"]
    assert 3 == len({row["id"], later["id"], longer["id"]})
    assert {row["series"]} == {later["series"], longer["series"]}


def test_the_value_of_a_series_is_stored_as_reported() -> None:
    """C6: what a cumulative series grew by is found later; a row has the point's own value."""
    exports = [replace(STANDARD, value=250.0), replace(STANDARD, value=400.0, end_ns=NOON_NS + 2 * MINUTE_NS)]

    assert [250, 400] == [row["input_tokens"] for row in point_rows(point_bytes(*exports))]
