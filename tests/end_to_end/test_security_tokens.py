"""A collector with tokens, seen by senders, readers and strangers."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.rpc.status_pb2 import Status
from grpc_health.v1 import health_pb2

from harness.collector_process import clean_environment
from harness.logged_collector import LoggedCollector, logged_collector
from harness.otlp import SpanSpec, trace_bytes
from harness.plain_exporter import export_one_span
from tokenlake_collector.receive.otlp_grpc import SERVICES

INGEST = "ingest-secret-0123456789"
READ = "read-secret-0123456789"
WRONG = "wrong-secret-0123456789"
PROTOBUF = "application/x-protobuf"
READ_PATHS = [
    "/metrics/token/total",
    "/metrics/token/sessions",
    "/explain/0123456789abcdef0123456789abcdef",
    "/metrics",
    "/docs",
    "/redoc",
    "/openapi.json",
    "/no/such/path",
    "/healthz/",
]


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoggedCollector]:
    folder = tmp_path_factory.mktemp("guarded")
    tokens = folder / "tokens"
    tokens.write_text(f"ingest {INGEST}\n")
    tokens.chmod(0o600)
    environ = {"TOKENLAKE_READ_TOKEN": READ}
    with logged_collector(
        folder, "--tokens", str(tokens), "--log-level", "debug", environ=environ
    ) as running:
        yield running


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def post(collector: LoggedCollector, token: str, media: str = PROTOBUF, body: bytes = b"") -> httpx.Response:
    headers = {"Content-Type": media, **bearer(token)}
    return httpx.post(f"{collector.http}/v1/traces", content=body, headers=headers)


def call(collector: LoggedCollector, metadata: list[tuple[str, str]], body: bytes = b"") -> Any:
    """Return the code of an Export, OK included, and its error."""
    with grpc.insecure_channel(collector.grpc) as channel:
        export: Any = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        try:
            export(body, metadata=metadata, timeout=30)
        except grpc.RpcError as error:
            return error
    return None


@pytest.mark.parametrize(("token", "code"), [("", 401), (WRONG, 401), (READ, 403), (INGEST, 200)])
def test_ingest_over_http_needs_an_ingest_token(token: str, code: int, collector: LoggedCollector) -> None:
    """401 with a challenge for strangers, 403 for readers, as a Status in the request's encoding."""
    reply = post(collector, token)
    as_json = post(collector, token, "application/json", b"{}")

    assert (code, code) == (reply.status_code, as_json.status_code)
    assert ("Bearer" if code == 401 else None) == reply.headers.get("www-authenticate")
    if code != 200:
        number = {401: 16, 403: 7}[code]
        assert number == Status.FromString(reply.content).code == as_json.json()["code"]


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ([], "UNAUTHENTICATED"),
        ([("authorization", f"Bearer {WRONG}")], "UNAUTHENTICATED"),
        ([("authorization", f"Bearer {READ}")], "PERMISSION_DENIED"),
        ([("authorization", f"Bearer {INGEST}")], "OK"),
        ([("x-api-key", INGEST)], "OK"),
    ],
)
def test_ingest_over_grpc_needs_an_ingest_token(
    metadata: list[tuple[str, str]], code: str, collector: LoggedCollector
) -> None:
    """The codes that no exporter retries."""
    error = call(collector, metadata)

    assert code == ("OK" if error is None else error.code().name)


@pytest.mark.parametrize("service", SERVICES.values())
def test_every_service_is_guarded(service: str, collector: LoggedCollector) -> None:
    """Traces, logs and metrics alike."""
    with grpc.insecure_channel(collector.grpc) as channel:
        export: Any = channel.unary_unary(f"/{service}/Export")
        with pytest.raises(grpc.RpcError) as caught:
            export(b"", timeout=30)

    error: Any = caught.value
    assert grpc.StatusCode.UNAUTHENTICATED == error.code()


def test_a_stranger_is_refused_before_the_message_is_read(collector: LoggedCollector) -> None:
    """A call without a token that sends nothing, and goes on sending nothing, is answered at once."""
    never = threading.Event()
    silence: Iterator[bytes] = (b"" for _ in iter(never.wait, None))
    with grpc.insecure_channel(collector.grpc) as channel:
        export: Any = channel.stream_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        with pytest.raises(grpc.RpcError) as caught:
            export(silence, timeout=20)
    never.set()

    error: Any = caught.value
    assert grpc.StatusCode.UNAUTHENTICATED == error.code()


@pytest.mark.parametrize(("token", "code"), [("", 401), (WRONG, 401), (INGEST, 403)])
@pytest.mark.parametrize("path", READ_PATHS)
def test_reading_needs_a_read_token(path: str, token: str, code: int, collector: LoggedCollector) -> None:
    """Statistics, explanations, metrics, documentation, and whatever is not there."""
    reply = httpx.get(f"{collector.http}{path}", headers=bearer(token))

    assert code == reply.status_code
    assert "token" in reply.json()["detail"]


def test_a_read_token_reads(collector: LoggedCollector) -> None:
    """Both ways to send it."""
    for headers in (bearer(READ), {"x-api-key": READ}):
        codes = [
            httpx.get(f"{collector.http}{path}", headers=headers).status_code
            for path in ("/metrics/token/total", "/metrics", "/openapi.json")
        ]
        assert [200, 200, 200] == codes


def test_health_is_open(collector: LoggedCollector) -> None:
    """An orchestrator has no token."""
    codes = [httpx.get(f"{collector.http}/{path}").status_code for path in ("healthz", "readyz")]
    with grpc.insecure_channel(collector.grpc) as channel:
        check: Any = channel.unary_unary("/grpc.health.v1.Health/Check")
        answer = health_pb2.HealthCheckResponse.FromString(check(b"", timeout=30))

    assert [200, 200] == codes
    assert health_pb2.HealthCheckResponse.SERVING == answer.status


@pytest.mark.parametrize("transport", ["grpc", "http"])
def test_the_standard_exporter_gets_in_with_its_standard_variable(
    transport: str, collector: LoggedCollector
) -> None:
    """OTEL_EXPORTER_OTLP_HEADERS, percent-encoded as its specification says."""
    endpoint = f"http://{collector.grpc}" if transport == "grpc" else collector.http
    result, _ = export_one_span(transport, endpoint, {"HEADERS": f"authorization=Bearer%20{INGEST}"})

    assert "SUCCESS" == result


@pytest.mark.parametrize("transport", ["grpc", "http"])
def test_the_standard_exporter_does_not_retry_a_refusal(transport: str, collector: LoggedCollector) -> None:
    """A retry would wait for a second at least, and ten in all; the log names the code."""
    endpoint = f"http://{collector.grpc}" if transport == "grpc" else collector.http
    result, log = export_one_span(transport, endpoint, {"HEADERS": f"x-api-key={WRONG}"})

    assert "FAILURE" == result
    assert "UNAUTHENTICATED" in log or "401" in log
    assert "etrying" not in log


@pytest.mark.parametrize(("token", "code", "words"), [("", 2, "TOKENLAKE_TOKEN"), (READ, 0, '"calls"')])
@pytest.mark.parametrize("variable", ["TOKENLAKE_TOKEN", "TOKENLAKE_READ_TOKEN"])
def test_our_own_commands_send_the_token(
    variable: str, token: str, code: int, words: str, collector: LoggedCollector
) -> None:
    """`tokenlake total` and `explain` against a guarded collector: an answer, or which variable to set."""
    environ = clean_environment() | ({variable: token} if token else {})
    asked = {}
    for arguments in (["total", "--json"], ["explain", "0123456789abcdef0123456789abcdef"]):
        asked[arguments[0]] = subprocess.run(
            [sys.executable, "-m", "tokenlake_collector", *arguments, "--url", collector.http],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )

    assert code == asked["total"].returncode, asked["total"].stderr
    assert words in asked["total"].stdout + asked["total"].stderr
    assert ("TOKENLAKE_TOKEN" in asked["explain"].stderr) == (token == "")


def test_no_secret_is_said_anywhere(collector: LoggedCollector) -> None:
    """Neither right nor wrong tokens: logs at level debug, standard output, metrics, errors, help, ledger."""
    replies = [post(collector, token, PROTOBUF, b"\x0a\xff") for token in (INGEST, READ, WRONG)]
    replies += [
        httpx.get(f"{collector.http}{path}", headers=bearer(token))
        for path in (*READ_PATHS, f"/explain/{'f' * 32}", "/metrics/token/total?nonsense=1", "/readyz")
        for token in (INGEST, READ, WRONG)
    ]
    errors = [call(collector, [("x-api-key", token)], b"\x0a\xff") for token in (INGEST, READ, WRONG)]
    help_text = subprocess.run(
        [sys.executable, "-m", "tokenlake_collector", "serve", "--help"],
        env=clean_environment() | {"TOKENLAKE_INGEST_TOKEN": INGEST, "TOKENLAKE_READ_TOKEN": READ},
        capture_output=True,
        text=True,
        check=True,
    )
    said = [reply.text + str(reply.headers) for reply in replies]
    said += [error.details() + str(error.trailing_metadata()) for error in errors]
    said += [collector.output(), help_text.stdout, help_text.stderr]
    ledger = b"".join(path.read_bytes() for path in collector.db.parent.glob("usage.duckdb*"))

    secrets = (INGEST, READ, WRONG)
    assert [] == [text for text in said for secret in secrets if secret in text]
    assert [] == [secret for secret in secrets if secret.encode() in ledger]


def test_many_guesses_do_not_hold_up_a_sender(collector: LoggedCollector) -> None:
    """A hundred refused requests later, a right one is stored within a second."""
    with httpx.Client(base_url=collector.http) as stranger:
        headers = {"Content-Type": PROTOBUF}
        guesses = [stranger.post("/v1/traces", content=bytes(1000), headers=headers) for _ in range(100)]
    begun = time.monotonic()
    body = trace_bytes(SpanSpec(span_id=5, trace_id=5))
    reply = post(collector, INGEST, PROTOBUF, body)

    assert ({401}, 200) == ({guess.status_code for guess in guesses}, reply.status_code)
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("variable", ["TOKENLAKE_INGEST_TOKEN", "TOKENLAKE_READ_TOKEN"])
def test_a_scope_that_is_left_without_a_token_is_named_at_the_start(variable: str, tmp_path: Path) -> None:
    """It is closed, and the log says so."""
    with logged_collector(tmp_path, environ={variable: READ}) as running:
        codes = {post(running, "").status_code, httpx.get(f"{running.http}/metrics").status_code}
        running.stop()

        closed = "read" if "INGEST" in variable else "ingest"
        assert {401} == codes
        assert f"no token of scope {closed}" in running.output()
