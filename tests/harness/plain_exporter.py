"""A program with the standard exporter and the standard variables, as anybody has it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

from harness.collector_process import clean_environment

_PROGRAM = """
import logging, sys
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult, SpanExporter, SimpleSpanProcessor
from {module} import OTLPSpanExporter

logging.basicConfig(stream=sys.stderr)

class Telling(SpanExporter):
    inner = OTLPSpanExporter()
    def export(self, spans):
        result = self.inner.export(spans)
        print(result.name)
        return result

provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(Telling()))
span = provider.get_tracer("my-agent").start_span("chat")
span.set_attributes({{
    "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5",
    "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 500,
}})
span.end()
"""


def export_one_span(
    transport: str, endpoint: str, variables: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """Export one model call of 1,000 and 500 tokens over `grpc` or `http`.

    Returns:
        What the exporter returned, SUCCESS or FAILURE, and its log.
    """
    # The `requests` library prefers these to what the exporter was told to trust.
    inherited = {k: v for k, v in clean_environment().items() if not k.endswith("_CA_BUNDLE")}
    named = {f"OTEL_EXPORTER_OTLP_{name}": value for name, value in (variables or {}).items()}
    finished = subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore",
            "-c",
            _PROGRAM.format(module=f"opentelemetry.exporter.otlp.proto.{transport}.trace_exporter"),
        ],
        env=inherited | {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **named},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return finished.stdout.strip(), finished.stderr
