"""Allow-listed attributes as JSON, and nothing else."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from harness.captures import Case, cases
from harness.flattening import row_of, rows_of
from harness.otlp import CHAT, SpanSpec
from tokenlake_collector.decode.records import decode
from tokenlake_collector.flatten.spans import flatten_spans
from tokenlake_collector.signals import Signal

CONTENT = (
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.tool.call",
    "input.value",
    "output.value",
    "llm.input_messages",
    "llm.output_messages",
    "llm.prompts",
    "traceloop.entity.input",
    "traceloop.entity.output",
    "ai.prompt",
    "ai.response.text",
)
"""Attributes that hold what people and models said, or begin the names of such."""


def _extras(attributes: dict[str, Any], **options: Any) -> Any:
    text = row_of({**CHAT, **attributes}, **options)["attributes"]
    return None if text is None else json.loads(text, parse_constant=_no_json)


def _no_json(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


@pytest.mark.parametrize(
    "value",
    [
        "acme",
        "",
        "日本",
        'quote " and \\',
        "a\x00b",
        42,
        -1,
        2**63 - 1,
        1.5,
        True,
        False,
        ["a", "b"],
        [1, 2.5, True, "a"],
        [],
    ],
)
def test_scalars_and_lists_keep_their_type(value: Any) -> None:
    """Text, numbers, booleans and lists of them come back from the JSON as they were sent."""
    assert {"tags": value} == _extras({"tags": value})


@pytest.mark.parametrize("value", [None, b"bytes", float("nan"), float("inf"), float("-inf")])
def test_what_json_cannot_hold_is_left_out(value: Any) -> None:
    """NaN and the infinities are no JSON: a reader of the column would fail on the row."""
    assert {"team": "search"} == _extras({"tags": value, "team": "search"})
    assert _extras({"tags": value}) is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", None, ["nested"]])
def test_what_json_cannot_hold_is_left_out_of_lists(value: Any) -> None:
    """A list keeps its other items."""
    assert {"tags": ["a", 1.5]} == _extras({"tags": ["a", value, 1.5]})


@pytest.mark.parametrize("name", ["tenant", "tenant.id", "team", "team.id", "tags"])
def test_allow_listed_attributes_are_kept(name: str) -> None:
    """Each under its own name."""
    assert {name: "x"} == _extras({name: "x"})


def test_nothing_allow_listed_is_null() -> None:
    """No other attribute of a span or resource is kept."""
    assert _extras({"input.value": "hello", "custom": 1}, resource={"host.name": "h", "team": "x"}) is None


def test_a_span_keeps_what_its_resource_says_too() -> None:
    """Both places are merged; each of several spans has its own."""
    specs = [SpanSpec({**CHAT, "team": team}, span_id) for span_id, team in enumerate(("a", "b"), 1)]
    rows = rows_of(*specs, SpanSpec(CHAT, 3), resource={"deployment.environment.name": "prod"})
    environment = {"deployment.environment.name": "prod"}

    assert [{**environment, "team": "a"}, {**environment, "team": "b"}, environment] == [
        json.loads(row["attributes"]) for row in rows
    ]


def _texts(case: Case) -> Iterator[str]:
    """Return every text of a recorded run that somebody said; short ones are words such as "user"."""
    for payload in case.traces:
        for resource in ExportTraceServiceRequest.FromString(payload).resource_spans:
            for span in (span for scope in resource.scope_spans for span in scope.spans):
                for pair in span.attributes:
                    if pair.key.startswith(CONTENT) and len(pair.value.string_value) > 12:
                        yield pair.value.string_value


WITH_CONTENT = [case for case in cases() if any(_texts(case))]


@pytest.mark.parametrize("case", WITH_CONTENT, ids=lambda case: case.name)
def test_what_was_said_never_reaches_a_row(case: Case) -> None:
    """No column of any row holds a prompt or an answer, whole or by its first words."""
    rows = flatten_spans(decode(Signal.TRACES, case.traces), len(case.traces)).rows.to_pylist()
    kept = json.dumps([{**row, "id": None} for row in rows], default=str, ensure_ascii=False)
    said = [text[:40] for text in _texts(case)]

    assert [] == [text for text in said if text in kept or json.dumps(text)[1:-1] in kept]


def test_recorded_runs_hold_what_was_said() -> None:
    """The search above has something to find."""
    assert len(WITH_CONTENT) >= 5
