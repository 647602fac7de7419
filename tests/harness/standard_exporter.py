"""A program that only knows opentelemetry-sdk and its own exporter, and makes calls when it is told to."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from harness.collector_process import CollectorProcess, clean_environment
from harness.known_traffic import Truth

INPUT_TOKENS, OUTPUT_TOKENS = 1_003, 211
"""Of each call."""

# The queue holds what is made while the collector is away; everything else is as a user finds it.
_PROGRAM = f"""
import logging, sys
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from {{module}} import OTLPSpanExporter

logging.basicConfig(level=logging.WARNING, format="%(message)s")
provider = TracerProvider(shutdown_on_exit=False)
provider.add_span_processor(
    BatchSpanProcessor(OTLPSpanExporter(), max_queue_size=100_000, schedule_delay_millis=100)
)
tracer = provider.get_tracer("my-agent")
for line in sys.stdin:
    for _ in range(int(line)):
        with tracer.start_as_current_span("chat gpt-5") as span:
            span.set_attributes({{{{
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": "gpt-5",
                "gen_ai.usage.input_tokens": {INPUT_TOKENS},
                "gen_ai.usage.output_tokens": {OUTPUT_TOKENS},
            }}}})
    print("made", flush=True)
provider.force_flush(60_000)
provider.shutdown()
"""


class Exporter(StrEnum):
    """The exporters that opentelemetry-exporter-otlp installs, by their modules."""

    GRPC = "opentelemetry.exporter.otlp.proto.grpc.trace_exporter"
    HTTP = "opentelemetry.exporter.otlp.proto.http.trace_exporter"


@dataclass
class StandardProgram:
    """The running program, and the number of calls that it has made."""

    process: subprocess.Popen[str]
    calls: int = 0
    complaints: list[str] = field(default_factory=list)

    @property
    def truth(self) -> Truth:
        """What a ledger must hold in the end."""
        return Truth(self.calls, 0, self.calls * INPUT_TOKENS, self.calls * OUTPUT_TOKENS)

    def make(self, calls: int) -> None:
        """Let it make some calls, and return when it has; its exporter sends them when it likes."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{calls}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "made\n"
        self.calls += calls

    def wait_for_retry(self) -> None:
        """Return when the exporter says that it was refused and will try again."""
        assert self.process.stderr
        for line in self.process.stderr:
            self.complaints.append(line)
            if line.startswith("Transient error"):
                return
        raise AssertionError(f"it ended without having been refused: {self.complaints}")

    def finish(self) -> list[str]:
        """Let it send what is left and end; return what it could not deliver, as it says."""
        assert self.process.stdin
        assert self.process.stderr
        self.process.stdin.close()
        self.complaints.extend(self.process.stderr)
        assert self.process.wait(timeout=90) == 0, self.complaints
        return [line for line in self.complaints if line.startswith("Failed")]


@contextlib.contextmanager
def standard_program(exporter: Exporter, collector: CollectorProcess) -> Iterator[StandardProgram]:
    """Run the program against a collector."""
    endpoint = collector.http if exporter is Exporter.HTTP else f"http://{collector.grpc}"
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_SERVICE_NAME": "shop"}
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _PROGRAM.format(module=exporter.value)],
        env=clean_environment() | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield StandardProgram(process)
        finally:
            process.kill()
