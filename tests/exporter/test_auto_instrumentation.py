import sys
from pathlib import Path

import pytest

from harness.otlp_sink import Sink, attributes_of, http_sink
from harness.zero_code import INSTRUMENT, start

AGENT = """
from opentelemetry import trace
with trace.get_tracer("instrumentation").start_as_current_span("GET"):
    pass
"""

CALLING_AGENT = f"""{AGENT}
from tokenlake import record_usage
record_usage(model="m", input_tokens=1)
"""


def own_exporter(sink: Sink) -> dict[str, str]:
    """Return the variables by which the application exports to a sink."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{sink.address}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        # The distribution warns about packages of its own.
        "PYTHONWARNINGS": "default",
    }


def instrument(program: str, variables: dict[str, str]) -> str:
    """Run a program under `opentelemetry-instrument`, which must end well, and return its stderr."""
    finished = start([*INSTRUMENT, sys.executable, "-c", program], variables)

    assert finished.returncode == 0, finished.stderr

    return finished.stderr


def test_environment_variables_alone_stamp_every_span() -> None:
    """No line of the program is about us; its own exporter carries its span with session and channel."""
    with http_sink() as sink:
        context = {"TOKENLAKE_SESSION_ID": "s-1", "TOKENLAKE_CHANNEL": "web"}
        instrument(AGENT, {**own_exporter(sink), **context})
        (span,) = sink.spans

        expected = {"gen_ai.conversation.id": "s-1", "tokenlake.channel": "web"}

        assert ("GET", expected) == (span.name, attributes_of(span))


def test_a_target_gets_the_spans_beside_the_applications_own_exporter() -> None:
    """Both receivers have both spans, once each."""
    with http_sink() as own, http_sink() as ours:
        instrument(CALLING_AGENT, {**own_exporter(own), "TOKENLAKE_TARGET": f"http://{ours.address}"})

        expected = (["GET", "chat m"], ["GET", "chat m"])

        assert expected == (own.names, ours.names)


def test_a_provider_of_the_applications_own_code_changes_nothing() -> None:
    """Set too late, it is refused by OpenTelemetry as without us, and all spans are exported."""
    program = f"""
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
trace.set_tracer_provider(TracerProvider())
{CALLING_AGENT}"""
    with http_sink() as sink:
        instrument(program, own_exporter(sink))

        expected = ["GET", "chat m"]

        assert expected == sink.names


@pytest.mark.parametrize("variables", [{"TOKENLAKE_TRACKING": "off"}, {"TOKENLAKE_TRACKING": "FALSE"}])
def test_tracking_can_be_switched_off(variables: dict[str, str]) -> None:
    """The application's span is exported without our attributes; record_usage does nothing, silently."""
    with http_sink() as sink:
        context = {"TOKENLAKE_CHANNEL": "web"}
        said = instrument(CALLING_AGENT, {**own_exporter(sink), **context, **variables})
        (span,) = sink.spans

        assert ("GET", {}, "") == (span.name, attributes_of(span), said)


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"TOKENLAKE_TARGET": "localhost:4318"}, "target='localhost:4318' has no scheme"),
        ({"TOKENLAKE_TARGET": "carrier-pigeon://home"}, "target='carrier-pigeon://home'"),
        ({"TOKENLAKE_TARGET": "/no/such/folder/usage.duckdb"}, "/no/such/folder"),
    ],
)
def test_a_wrong_setting_costs_the_tracking_and_nothing_else(variables: dict[str, str], reason: str) -> None:
    """The program runs, its instrumentation exports, and one warning says what is wrong."""
    with http_sink() as sink:
        said = instrument(CALLING_AGENT, {**own_exporter(sink), **variables})

        expected = ["GET"]

        assert expected == sink.names
        assert "token tracking is off: " in said
        assert reason in said


def test_both_ways_at_once_export_every_span_once(tmp_path: Path) -> None:
    """`opentelemetry-instrument` around `tokenlake run`, and the other way round."""
    console = str(Path(sys.executable).with_name("tokenlake"))
    program = [sys.executable, "-c", CALLING_AGENT]
    for command in (
        [*INSTRUMENT, console, "run", "--", *program],
        [console, "run", "--", *INSTRUMENT, *program],
    ):
        with http_sink() as own, http_sink() as ours:
            target = {"TOKENLAKE_TARGET": f"http://{ours.address}"}
            finished = start(command, {**own_exporter(own), **target})

            assert finished.returncode == 0, finished.stderr

            expected = (["GET", "chat m"], ["GET", "chat m"])

            assert expected == (own.names, ours.names)
