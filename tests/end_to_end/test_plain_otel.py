"""A program that never heard of tokenlake lands in the table, the same row over every transport."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.collector_process import CollectorProcess, clean_environment, running_collector
from tokenlake_collector.storage.ledger import Ledger

# Only opentelemetry-sdk, opentelemetry-exporter-otlp and the standard variables; ids and times are fixed so
# that the rows can be compared.
PROGRAM = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from {module} import OTLPSpanExporter

class Fixed(IdGenerator):
    def generate_span_id(self): return 0x1122334455667788
    def generate_trace_id(self): return 0x0123456789ABCDEF0123456789ABCDEF

provider = TracerProvider(id_generator=Fixed())
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
span = provider.get_tracer("my-agent").start_span("chat", start_time=1_780_000_000_000_000_000)
span.set_attributes({{
    "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5",
    "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 500, "gen_ai.conversation.id": "s-1",
}})
span.end(end_time=1_780_000_002_500_000_000)
provider.shutdown()
"""
CURL_JSON = """
{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
"scopeSpans":[{"scope":{"name":"my-agent"},"spans":[{
"traceId":"0123456789abcdef0123456789ABCDEF","spanId":"1122334455667788","name":"chat","kind":1,
"startTimeUnixNano":"1780000000000000000","endTimeUnixNano":1780000002500000000,
"attributes":[
{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},
{"key":"gen_ai.provider.name","value":{"stringValue":"openai"}},
{"key":"gen_ai.request.model","value":{"stringValue":"gpt-5"}},
{"key":"gen_ai.usage.input_tokens","value":{"intValue":"1000"}},
{"key":"gen_ai.usage.output_tokens","value":{"intValue":500}},
{"key":"gen_ai.conversation.id","value":{"stringValue":"s-1"}}]}]}]}]}
"""
EXPECTED = ("s-1", "openai", "gpt-5", "chat", 1000, 500, "shop", 2500.0, "0123456789abcdef0123456789abcdef")


def run_program(module: str, endpoint: str) -> None:
    environment = clean_environment() | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_INSECURE": "true",
        "OTEL_SERVICE_NAME": "shop",
    }
    code = PROGRAM.format(module=module)
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], env=environment, check=True, timeout=60)


def send_grpc(collector: CollectorProcess) -> None:
    run_program("opentelemetry.exporter.otlp.proto.grpc.trace_exporter", f"http://{collector.grpc}")


def send_http(collector: CollectorProcess) -> None:
    run_program("opentelemetry.exporter.otlp.proto.http.trace_exporter", collector.http)


def send_curl(collector: CollectorProcess) -> None:
    url = f"{collector.http}/v1/traces"
    header = "Content-Type: application/json"
    result = subprocess.run(
        ["curl", "-sf", url, "-H", header, "--data-binary", "@-"],
        input=CURL_JSON,
        text=True,
        check=True,
        capture_output=True,
    )
    assert "{}" == result.stdout.strip()


@pytest.mark.parametrize("send", [send_grpc, send_http, send_curl])
def test_a_plain_program_gives_the_same_row_over_every_transport(send: object, tmp_path: Path) -> None:
    """One span, by the SDK over gRPC, by the SDK over HTTP/protobuf, by curl as JSON."""
    if send is send_curl and not any(
        (Path(folder) / "curl").exists() for folder in os.environ["PATH"].split(os.pathsep)
    ):
        pytest.skip("curl is not installed")
    db = tmp_path / "usage.duckdb"
    with running_collector(db) as collector:
        send(collector)  # type: ignore[operator]  # one of the three above
        assert 0 == collector.stop()
    ledger = Ledger.open(db)
    with ledger.cursor() as cursor:
        rows = cursor.execute(
            "SELECT session_id, endpoint_name, model, operation_type, input_tokens, output_tokens, "
            "service_name, duration_ms, replace(trace_id::VARCHAR, '-', '') FROM token_usage"
        ).fetchall()
        by_hex = cursor.execute(
            "SELECT count(*) FROM token_usage WHERE trace_id = '0123456789ABCDEF0123456789ABCDEF'"
        ).fetchall()
    ledger.close()

    assert [EXPECTED] == rows
    assert [(1,)] == by_hex
