"""`tokenlake explain`: the tree of a trace, every report in it, and the rule that decided, in every place."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from harness.captures import case
from harness.collector_process import CollectorProcess, clean_environment, running_collector
from harness.otlp import CHAT, SpanSpec, trace_bytes

TRACE = "00000000000000000000000000000007"
AGENT = {**CHAT, "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner", "user.id": "ada"}
REQUEST = trace_bytes(
    SpanSpec(AGENT, span_id=1, trace_id=7, kind=1),
    SpanSpec({"http.request.method": "POST"}, span_id=2, trace_id=7, parent_id=1),
    SpanSpec(CHAT, span_id=3, trace_id=7, parent_id=2),
)


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CollectorProcess]:
    with running_collector(tmp_path_factory.mktemp("ledger") / "usage.duckdb") as running:
        bodies = [REQUEST, *case("openllmetry-anthropic-doubled").traces]
        for body in bodies:
            httpx.post(
                f"{running.http}/v1/traces", content=body, headers={"Content-Type": "application/x-protobuf"}
            ).raise_for_status()
        yield running


def tokenlake(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tokenlake_collector", *arguments],
        capture_output=True,
        text=True,
        env=clean_environment() | {"COLUMNS": "200"},
        timeout=60,
        check=False,
    )


def explained(url: str, identity: str) -> list[dict[str, Any]]:
    roots: list[dict[str, Any]] = httpx.get(f"{url}/explain/{identity}").raise_for_status().json()
    return roots


def test_the_tree_is_the_traces(collector: CollectorProcess) -> None:
    """An agent, below it the HTTP span that reports nothing, below that the call."""
    (agent,) = explained(collector.http, TRACE)
    (request,) = agent["children"]
    (call,) = request["children"]

    assert ("agent", "leaf") == (agent["role"], call["role"])
    assert "verdict" not in request
    assert [] == call["children"]


def test_each_report_has_its_rule_and_what_is_counted_instead(collector: CollectorProcess) -> None:
    """The agent repeats the call below it, and the call is counted."""
    (agent,) = explained(collector.http, TRACE)
    call = agent["children"][0]["children"][0]

    assert ("not counted (C4): its usage repeats the calls below it", call["id"]) == (
        agent["verdict"],
        agent["counted_instead"],
    )
    assert ("counted", None) == (call["verdict"], call["counted_instead"])


def test_what_was_inherited_is_told(collector: CollectorProcess) -> None:
    """The call has its user and its detail from the agent; its numbers are its own."""
    call = explained(collector.http, TRACE)[0]["children"][0]["children"][0]

    assert ("ada", ["operation_detail", "user_id"]) == (call["user_id"], call["changed"])
    assert (100, 20) == (call["stored"]["input_tokens"], call["stored"]["output_tokens"])
    assert (100, 20) == (call["reported"]["input_tokens"], call["reported"]["output_tokens"])


def test_a_row_explains_its_trace(collector: CollectorProcess) -> None:
    """The id of any report leads to the same tree."""
    roots = explained(collector.http, TRACE)

    assert roots == explained(collector.http, roots[0]["id"])


def test_an_unknown_id_is_404_and_nonsense_says_what_to_write(collector: CollectorProcess) -> None:
    """Both say so in one sentence."""
    unknown = httpx.get(f"{collector.http}/explain/{'f' * 32}")
    nonsense = httpx.get(f"{collector.http}/explain/latest")

    assert (404, 404) == (unknown.status_code, nonsense.status_code)
    assert "no trace and no report" in unknown.text
    assert "32 hex digits" in nonsense.text


def test_the_command_asks_the_collector_and_prints_the_rule(collector: CollectorProcess) -> None:
    """What a user pastes into a bug report: verdicts, numbers, dialect, scope and row ids; no content."""
    result = tokenlake("explain", TRACE, "--url", collector.http)

    assert 0 == result.returncode, result.stderr
    words = ("agent planner", "not counted (C4)", "counted", "input 100", "semconv span", TRACE[-1])
    assert [] == [word for word in words if word not in result.stdout]


def test_an_error_of_the_command_is_one_line(collector: CollectorProcess) -> None:
    """Exit code 2 and what to write."""
    result = tokenlake("explain", "latest", "--url", collector.http)

    assert (2, 1) == (result.returncode, len(result.stderr.strip().splitlines()))
    assert "32 hex digits" in result.stderr


def test_the_file_explains_as_the_collector_did(tmp_path: Path) -> None:
    """After a stop the command reads the file itself; the answer is the same JSON."""
    db = tmp_path / "usage.duckdb"
    with running_collector(db) as running:
        httpx.post(
            f"{running.http}/v1/traces", content=REQUEST, headers={"Content-Type": "application/x-protobuf"}
        ).raise_for_status()
        live = explained(running.http, TRACE)
    result = tokenlake("explain", TRACE, "--db", str(db), "--json")

    assert live == json.loads(result.stdout)


def test_no_prompt_and_no_completion_is_in_an_explanation(collector: CollectorProcess) -> None:
    """The recorded run has message content on its spans; none of it is stored, so none can be shown."""
    content = b"You are helpful"
    recorded = b"".join(case("openllmetry-anthropic-doubled").traces)
    assert content in recorded
    rows = httpx.get(f"{collector.http}/metrics/token/summary?group_by=session_id").text
    (trace,) = {span.trace_id.hex() for span in _spans(recorded)}

    assert content.decode() not in rows + json.dumps(explained(collector.http, trace))


def _spans(body: bytes) -> list[Any]:
    request = ExportTraceServiceRequest.FromString(body)
    return [s for r in request.resource_spans for scope in r.scope_spans for s in scope.spans]
