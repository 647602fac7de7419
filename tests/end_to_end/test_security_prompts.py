"""What people and models say to each other never reaches the disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from harness.captures import Case, cases
from harness.logged_collector import LoggedCollector, logged_collector
from harness.message_content import spoken_texts
from harness.otlp import CHAT, NOON_NS, SpanSpec, any_value, key_values, trace_request

MARKER = "the patient's name is Quillfeather"
CARRIERS = [
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.prompt.0.content",
    "gen_ai.completion.0.content",
    "gen_ai.tool.definitions",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "llm.input_messages.0.message.content",
    "llm.output_messages.0.message.content",
    "llm.prompts",
    "llm.invocation_parameters",
    "input.value",
    "output.value",
    "traceloop.entity.input",
    "traceloop.entity.output",
    "langfuse.observation.input",
    "langfuse.trace.output",
    "ai.prompt",
    "ai.prompt.messages",
    "ai.response.text",
    "mlflow.spanInputs",
    "prompt",
    "response_text",
    "something.nobody.knows",
]


def send(collector: LoggedCollector, signal: str, body: bytes) -> None:
    headers = {"Content-Type": "application/x-protobuf"}
    reply = httpx.post(f"{collector.http}/v1/{signal}", content=body, headers=headers, timeout=30)

    assert 200 == reply.status_code, reply.text


def ledger_bytes(db: Path) -> bytes:
    """Return the file and the log beside it."""
    return b"".join(path.read_bytes() for path in db.parent.iterdir() if path.name.startswith(db.name))


def ledger_text(db: Path) -> str:
    """Return every value of every table as text: the file compresses what it holds."""
    with duckdb.connect(str(db), read_only=True) as connection:
        tables = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        rows = [connection.execute(f'SELECT t::VARCHAR FROM "{name}" t').fetchall() for name in tables]
    assert {"token_usage", "token_usage_uncounted"} <= set(tables)
    return "\n".join(text for table in rows for (text,) in table)


def spans_with(content: Mapping[str, str]) -> ExportTraceServiceRequest:
    """A call and a span that is none, with content in attributes, events, links, status and state."""
    attributes = {**CHAT, **content}
    request = trace_request(
        SpanSpec(attributes, span_id=1), SpanSpec({**content}, span_id=2), resource={"service.name": "s"}
    )
    for span in request.resource_spans[0].scope_spans[0].spans:
        span.status.message = MARKER
        for name in ("gen_ai.content.prompt", "gen_ai.user.message", "gen_ai.choice", "exception", "other"):
            span.events.add(name=name, time_unix_nano=NOON_NS).attributes.extend(key_values(content))
        span.links.add(trace_id=bytes(15) + b"\1", span_id=bytes(7) + b"\1").attributes.extend(
            key_values(content)
        )
    return request


def logs_with(content: Mapping[str, str]) -> ExportLogsServiceRequest:
    """Records of known and unknown events, with content as body and as attributes."""
    request = ExportLogsServiceRequest()
    scope_logs = request.resource_logs.add().scope_logs.add()
    names = ("gen_ai.user.message", "gen_ai.client.inference.operation.details", "claude_code.api_request")
    for number, name in enumerate(names):
        for body in (MARKER, [MARKER], None):
            record = scope_logs.log_records.add(time_unix_nano=NOON_NS + number, event_name=name)
            record.body.CopyFrom(any_value(body))
            record.attributes.extend(key_values({"event.name": name, **CHAT, **content}))
    return request


def test_content_in_any_place_of_any_dialect_is_not_stored(tmp_path: Path) -> None:
    """The call is counted; its prompt is neither in the bytes nor in the values, before and after a stop."""
    content = dict.fromkeys(CARRIERS, MARKER)
    with logged_collector(tmp_path, "--log-level", "debug") as collector:
        send(collector, "traces", spans_with(content).SerializeToString())
        send(collector, "logs", logs_with(content).SerializeToString())
        running = ledger_bytes(collector.db)
        total = httpx.get(f"{collector.http}/metrics/token/total").json()
        said = collector.output() + httpx.get(f"{collector.http}/metrics").text
        collector.stop()

    assert total["calls"] >= 1
    assert MARKER.encode() not in running + ledger_bytes(collector.db)
    assert MARKER not in ledger_text(collector.db)
    assert MARKER not in said


@pytest.mark.parametrize("recorded", cases(), ids=lambda recorded: recorded.name)
def test_recorded_conversations_are_not_stored(recorded: Case, tmp_path: Path) -> None:
    """Neither whole nor in part: the beginning and the middle of every text are looked for."""
    texts = {text for request in recorded.requests for text in spoken_texts(request)}
    parts = {part for t in texts for part in (t, t[:24], t[len(t) // 2 - 10 : len(t) // 2 + 10])}
    # The id of an answer may stand only in its text (C5); it is no conversation.
    ids = " ".join(str(call["response_id"]) for call in recorded.truth["calls"])
    with logged_collector(tmp_path) as collector:
        for request in recorded.requests:
            send(collector, request.signal.value, request.payload)
        collector.stop()
    stored, values = ledger_bytes(collector.db), ledger_text(collector.db)
    found = {part for part in parts if part.encode() in stored or part in values}

    assert [] == sorted(part for part in found if part not in ids)


def test_the_recordings_have_conversations() -> None:
    """There is something to look for."""
    texts = {text for recorded in cases() for request in recorded.requests for text in spoken_texts(request)}

    assert "[cached] Weather in Paris again?" in texts
    assert len(texts) > 100
