"""What a running collector says of itself at `/metrics` is what was sent to it, record for record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import grpc
import httpx
import pytest

from harness.captures import Request, cases
from harness.collector_process import CollectorProcess, running_collector
from harness.exporting import GRPC_WAYS, HTTP_WAYS, Transport, Way, post, send
from harness.otlp import CHAT, SpanSpec, trace_request
from harness.otlp_json import as_json
from harness.otlp_logs import LogSpec, log_bytes
from harness.otlp_points import PointSpec, point_bytes
from harness.record_counts import records_in
from harness.scrape import Scrape, adds_up
from tokenlake_collector.signals import Signal

GRPC, HTTP = Way(Transport.GRPC, "identity"), Way(Transport.PROTOBUF, "identity")
SIGNALS = {Signal.TRACES: "span", Signal.LOGS: "log", Signal.METRICS: "metric"}


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CollectorProcess]:
    """One collector for all: its counters only grow, so each test looks at what it added."""
    with running_collector(tmp_path_factory.mktemp("ledger") / "usage.duckdb") as running:
        yield running


def scrape(collector: CollectorProcess) -> Scrape:
    return Scrape.of(httpx.get(f"{collector.http}/metrics").text)


def added(before: Scrape, after: Scrape, signal: Signal) -> dict[str, int]:
    """Return what became of the records in between, zeros left out."""
    old, new = before.records(signal), after.records(signal)
    return {name: new[name] - old[name] for name in new if new[name] != old[name]}


def ten_spans(first: int) -> bytes:
    """Return 2 calls, an agent above a third one, the first call again, 3 other spans and 2 with bad ids."""
    agent = CHAT | {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner"}
    calls = [SpanSpec(span_id=first + n, trace_id=first + n) for n in range(2)]
    spans = [
        *calls,
        SpanSpec(agent, first + 2, first + 2, kind=1),
        SpanSpec(span_id=first + 3, trace_id=first + 2, parent_id=first + 2),
        calls[0],
        *(SpanSpec({"http.route": "/"}, first + n, first + n) for n in range(4, 7)),
        SpanSpec(span_id=first + 7, trace_id=first + 7),
        SpanSpec(span_id=0, trace_id=first + 8),
    ]
    request = trace_request(*spans)
    request.resource_spans[0].scope_spans[0].spans[8].trace_id = b"short"
    return request.SerializeToString()


@pytest.mark.parametrize(("first", "again"), [(GRPC, HTTP), (HTTP, GRPC)], ids=str)
def test_the_fate_of_each_span_is_counted(first: Way, again: Way, collector: CollectorProcess) -> None:
    """Ten spans: 2 calls and 1 below an agent that repeats it, 1 repetition, 3 others, 2 bad ids."""
    body = ten_spans(0x100 if first is GRPC else 0x200)
    start = scrape(collector)
    send(collector, first, Signal.TRACES, body)
    middle = scrape(collector)
    send(collector, again, Signal.TRACES, body)
    end = scrape(collector)

    once = {"accepted": 3, "uncounted": 1, "duplicate": 1, "without_usage": 3, "rejected": 2}
    twice = {"duplicate": 5, "without_usage": 3, "rejected": 2}
    assert once | {"received": 10} == added(start, middle, Signal.TRACES)
    assert twice | {"received": 10} == added(middle, end, Signal.TRACES)


def test_the_fate_of_each_log_record_is_counted(collector: CollectorProcess) -> None:
    """Three records, sent twice: one is a call, the others say nothing of usage."""
    call = {"event.name": "api_request", "model": "claude-opus-4-5", "input_tokens": 7, "request_id": "req_1"}
    records = [LogSpec(call, "claude_code.api_request"), LogSpec(body="hello"), LogSpec({"user.id": "x"})]
    body = log_bytes(*records, scope="com.anthropic.claude_code.events")
    start = scrape(collector)
    send(collector, GRPC, Signal.LOGS, body)
    send(collector, HTTP, Signal.LOGS, body)

    expected = {"received": 6, "accepted": 1, "duplicate": 1, "without_usage": 4}
    assert expected == added(start, scrape(collector), Signal.LOGS)


def test_the_fate_of_each_metric_point_is_counted(collector: CollectorProcess) -> None:
    """Three points of two metrics, sent twice: two are of tokens."""
    told = {"session.id": "s", "model": "claude-opus-4-5"}
    points = [PointSpec("claude_code.token.usage", 5, told | {"type": kind}) for kind in ("input", "output")]
    body = point_bytes(*points, PointSpec("requests", 5, kind="gauge"), scope="com.anthropic.claude_code")
    start = scrape(collector)
    send(collector, GRPC, Signal.METRICS, body)
    send(collector, HTTP, Signal.METRICS, body)

    expected = {"received": 6, "accepted": 2, "duplicate": 2, "without_usage": 2}
    assert expected == added(start, scrape(collector), Signal.METRICS)


@pytest.mark.parametrize(
    ("body", "headers", "code", "reason"),
    [
        (b"\x0a\xff", {}, 400, "bad_request"),
        (b"", {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        (b"", {"Content-Encoding": "br"}, 415, "unsupported_encoding"),
        (b"", {"Content-Length": str(2**30)}, 413, "too_large"),
    ],
)
def test_a_refused_request_is_counted_by_its_code_and_reason(
    body: bytes, headers: dict[str, str], code: int, reason: str, collector: CollectorProcess
) -> None:
    """Nobody knows how many records it has: none is received."""
    where = {"signal": "traces", "transport": "http"}
    start = scrape(collector)
    post(collector, Signal.TRACES, body, {"Content-Type": "application/x-protobuf", **headers})
    end = scrape(collector)

    for name, labels in {"requests": {"code": str(code)}, "refused_requests": {"reason": reason}}.items():
        counts = [one.total(f"tokenlake_{name}_total", **where, **labels) for one in (start, end)]
        assert counts[0] + 1 == counts[1]
    assert {} == added(start, end, Signal.TRACES)


def test_a_refused_call_is_counted_by_its_code_and_reason(collector: CollectorProcess) -> None:
    """Over gRPC too; its bytes arrived all the same."""
    where = {"signal": "logs", "transport": "grpc"}
    start = scrape(collector)
    reply = send(collector, GRPC, Signal.LOGS, b"\x0a\xff")
    end = scrape(collector)

    assert grpc.StatusCode.INVALID_ARGUMENT == reply.code
    for name, labels in {
        "tokenlake_requests_total": {**where, "code": "INVALID_ARGUMENT"},
        "tokenlake_refused_requests_total": {**where, "reason": "bad_request"},
    }.items():
        assert start.total(name, **labels) + 1 == end.total(name, **labels)
    bytes_before, bytes_after = (
        one.total("tokenlake_received_bytes_total", transport="grpc") for one in (start, end)
    )
    assert bytes_before + 2 == bytes_after


def everything() -> list[tuple[Way, Request, bytes]]:
    """Return all recorded requests, each twice: once over some way of gRPC, once over some of HTTP."""
    deliveries = []
    requests = [request for case in cases() for request in case.requests]
    for number, request in enumerate(requests):
        deliveries.append((GRPC_WAYS[number % len(GRPC_WAYS)], request, request.payload))
        way = HTTP_WAYS[number % len(HTTP_WAYS)]
        is_json = way.transport is Transport.JSON
        body = as_json(request.signal, request.payload) if is_json else request.payload
        deliveries.append((way, request, body))
    return deliveries


def test_all_recorded_traffic_adds_up(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Received is what was sent; accepted and uncounted are the rows; all else is told; sums agree."""
    db = tmp_path_factory.mktemp("everything") / "usage.duckdb"
    deliveries = everything()
    with running_collector(db) as collector:
        codes = {send(collector, way, request.signal, body).code for way, request, body in deliveries}
        end = scrape(collector)
        collector.stop()
    rows = stored(db)
    sent = Counter[Signal]()
    for _, request, _ in deliveries:
        sent[request.signal] += records_in(request)

    assert {200, grpc.StatusCode.OK} == codes
    for signal, name in SIGNALS.items():
        records = end.records(signal)
        assert adds_up(records), records
        assert sent[signal] == records["received"]
        assert rows[name] == records["accepted"] + records["uncounted"]
        assert 0 < rows[name] <= records["duplicate"]
        assert end.total("tokenlake_requests_total", signal=signal) == len(
            [request for _, request, _ in deliveries if request.signal is signal]
        )
    assert rows.total() == sum(
        end.total("tokenlake_rows", table=table) for table in ("token_usage", "token_usage_uncounted")
    )


def stored(db: Path) -> Counter[str]:
    """Return the rows of both tables by signal."""
    both = "SELECT signal FROM token_usage UNION ALL SELECT signal FROM token_usage_uncounted"
    with duckdb.connect(str(db), read_only=True) as connection:
        return Counter(signal for (signal,) in connection.execute(both).fetchall())


def test_transactions_are_measured(collector: CollectorProcess) -> None:
    """One request more: one transaction with one request and ten records, and a commit a moment ago."""
    start = scrape(collector)
    send(collector, HTTP, Signal.TRACES, ten_spans(0x300))
    end = scrape(collector)

    expected = {"transaction_requests": 1, "transaction_records": 10}
    sums = {name: f"tokenlake_{name}_sum" for name in expected}
    assert expected == {name: end.value(text) - start.value(text) for name, text in sums.items()}
    for name in ("commit_seconds", "acknowledgement_seconds"):
        counts = [one.value(f"tokenlake_{name}_count") for one in (start, end)]
        assert counts[0] + 1 == counts[1]
    assert 0 < end.value("tokenlake_last_commit_age_seconds") < 60
    assert end.value("tokenlake_commit_seconds_sum") <= end.value("tokenlake_acknowledgement_seconds_sum")


def test_the_ledger_is_measured(collector: CollectorProcess) -> None:
    """The sizes are those of the files, nothing was set aside, commits succeed, nothing waits."""
    send(collector, GRPC, Signal.TRACES, ten_spans(0x400))
    shown = scrape(collector)

    files = {"file": collector.db, "wal": collector.db.with_name(collector.db.name + ".wal")}
    sizes = {name: path.stat().st_size for name, path in files.items()}
    assert sizes == {name: shown.value(f"tokenlake_{name}_bytes") for name in files}
    for name in ("damaged_logs", "commits_failing", "waiting_bytes", "arriving_bytes"):
        assert (f"tokenlake_{name}", frozenset()) in shown.samples
        assert 0 == shown.value(f"tokenlake_{name}")
