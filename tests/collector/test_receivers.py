"""What a sender is told, over gRPC and HTTP: the replies that OTLP asks for."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import grpc
import httpx
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from harness.captures import case
from harness.collector_process import CollectorProcess, running_collector
from harness.otlp import SpanSpec, trace_bytes, trace_request

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
LIMIT_MIB = 1


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CollectorProcess]:
    db = tmp_path_factory.mktemp("ledger") / "usage.duckdb"
    with running_collector(db, "--max-body-mib", str(LIMIT_MIB)) as running:
        yield running


def post(
    collector: CollectorProcess, body: bytes, media: str = PROTOBUF, signal: str = "traces", **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(f"{collector.http}/v1/{signal}", content=body, headers={"Content-Type": media, **named})


def call(collector: CollectorProcess, body: bytes, service: str = "trace.v1.TraceService") -> bytes:
    with grpc.insecure_channel(collector.grpc) as channel:
        export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            f"/opentelemetry.proto.collector.{service}/Export"
        )
        return export(body, timeout=30)


def refused_call(collector: CollectorProcess, body: bytes) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call(collector, body)
    error: Any = caught.value
    return error.code(), error.details()


def one_bad_of_two() -> bytes:
    request = trace_request(SpanSpec(span_id=77, trace_id=77), SpanSpec(span_id=78, trace_id=77))
    request.resource_spans[0].scope_spans[0].spans[1].trace_id = b"short"
    return request.SerializeToString()


def test_success_has_no_partial_success(collector: CollectorProcess) -> None:
    """An empty message over protobuf, an empty object over JSON."""
    body = trace_bytes(SpanSpec(span_id=1, trace_id=99))

    assert b"" == call(collector, body)
    assert (200, b"") == (post(collector, body).status_code, post(collector, body).content)
    assert {} == post(collector, b"{}", JSON).json()


def test_an_empty_request_succeeds(collector: CollectorProcess) -> None:
    """No bytes are an empty protobuf message; `{}` is an empty JSON one."""
    assert b"" == call(collector, b"")
    assert 200 == post(collector, b"").status_code
    assert 200 == post(collector, b"{}", JSON).status_code


def test_one_bad_span_does_not_lose_its_batch(collector: CollectorProcess) -> None:
    """partial_success counts it and teaches; its neighbour is stored."""
    replies = [
        ExportTraceServiceResponse.FromString(call(collector, one_bad_of_two())),
        ExportTraceServiceResponse.FromString(post(collector, one_bad_of_two()).content),
    ]
    summary = httpx.get(f"{collector.http}/metrics/token/total").json()

    assert [1, 1] == [reply.partial_success.rejected_spans for reply in replies]
    assert ["16 bytes" in reply.partial_success.error_message for reply in replies] == [True, True]
    assert summary["calls"] >= 1


@pytest.mark.parametrize("signal", ["logs", "metrics"])
def test_logs_and_metrics_are_acknowledged_and_counted(signal: str, collector: CollectorProcess) -> None:
    """The recorded ones of a coding agent; the collector's own metrics show what became of the records."""
    bodies = [r.payload for r in case("gemini-cli").requests if r.signal.value == signal]
    replies = [post(collector, body, signal=signal).status_code for body in bodies]
    shown = httpx.get(f"{collector.http}/metrics").text

    assert [200] * len(bodies) == replies
    assert f'tokenlake_records_total{{outcome="without_usage",signal="{signal}"}}' in shown


@pytest.mark.parametrize(
    ("media", "body"), [(PROTOBUF, b"\x0a\xff\xff"), (JSON, b"{"), (JSON, b'{"resourceSpans": 1}')]
)
def test_malformed_bytes_are_400_with_a_status_in_the_same_encoding(
    media: str, body: bytes, collector: CollectorProcess
) -> None:
    """The sender must not send them again; the message says what is wrong."""
    reply = post(collector, body, media)
    status = Status.FromString(reply.content) if media == PROTOBUF else Status(**json.loads(reply.content))

    assert (400, media) == (reply.status_code, reply.headers["content-type"])
    assert 3 == status.code
    assert "not an OTLP traces export request" in status.message


def test_malformed_bytes_are_invalid_argument_over_grpc(collector: CollectorProcess) -> None:
    """INVALID_ARGUMENT is not retried by any exporter."""
    code, details = refused_call(collector, b"\x0a\xff\xff")

    assert grpc.StatusCode.INVALID_ARGUMENT == code
    assert "not an OTLP traces export request" in details


def test_content_type_may_carry_parameters(collector: CollectorProcess) -> None:
    """As some senders write it; the reply has the bare type."""
    reply = post(collector, b"{}", "application/json; charset=utf-8")

    assert (200, JSON) == (reply.status_code, reply.headers["content-type"])


@pytest.mark.parametrize(
    ("media", "headers", "expected"),
    [("text/plain", {}, 415), ("", {}, 415), (PROTOBUF, {"content_encoding": "br"}, 415)],
)
def test_an_unknown_encoding_is_415(
    media: str, headers: dict[str, str], expected: int, collector: CollectorProcess
) -> None:
    """The message lists what is spoken."""
    reply = post(collector, b"", media, **headers)

    assert expected == reply.status_code
    assert b"send" in reply.content


def test_a_wrong_method_is_405_and_a_wrong_path_404(collector: CollectorProcess) -> None:
    """As OTLP/HTTP says."""
    assert 405 == httpx.get(f"{collector.http}/v1/traces").status_code
    assert 404 == httpx.post(f"{collector.http}/v1/profiles").status_code


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_body_over_the_limit_is_413_before_and_after_inflation(
    encoding: str, collector: CollectorProcess
) -> None:
    """A small body that inflates beyond the limit is as large as it says."""
    body = bytes(LIMIT_MIB * 2**20 + 1)
    sent = gzip.compress(body) if encoding == "gzip" else body

    assert 413 == post(collector, sent, content_encoding=encoding).status_code


def test_a_message_over_the_limit_is_resource_exhausted_over_grpc(collector: CollectorProcess) -> None:
    """GRPC's own limit, set to ours."""
    assert grpc.StatusCode.RESOURCE_EXHAUSTED == refused_call(collector, bytes(LIMIT_MIB * 2**20 + 1))[0]


def test_health_and_readiness_answer(collector: CollectorProcess) -> None:
    """Both are 200 while the ledger can be read."""
    answers = [httpx.get(f"{collector.http}/{path}") for path in ("healthz", "readyz")]

    assert [200, 200] == [answer.status_code for answer in answers]
