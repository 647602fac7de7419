import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from harness.otlp_sink import Sink, grpc_sink, http_sink
from harness.python_process import succeed

HEAVY = [
    "duckdb",
    "fastapi",
    "google.protobuf",
    "grpc",
    "pyarrow",
    "requests",
    "tokenlake_collector",
    "tokenlake_queries",
]


def loaded_by(program: str, *arguments: str) -> list[str]:
    """Return which of the heavy modules a program has loaded by its end."""
    report = f"\nimport json, sys\nprint(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    output = succeed(program + report, *arguments)

    loaded: list[str] = json.loads(output)
    return loaded


def test_importing_loads_no_exporter_and_nothing_of_the_collector() -> None:
    """`import tokenlake` loads neither transport, nor protobuf, DuckDB or FastAPI."""
    expected: list[str] = []

    assert expected == loaded_by("import tokenlake")


def test_importing_starts_no_thread_and_sets_no_provider() -> None:
    """After the import the process has its one thread, and OpenTelemetry no provider."""
    succeed(
        """
        import threading
        import tokenlake
        from opentelemetry import trace
        assert 1 == threading.active_count()
        assert isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
        """
    )


def test_a_program_that_is_run_without_a_call_starts_no_thread() -> None:
    """`tokenlake run` and `opentelemetry-instrument` are in every Python process of an application."""
    succeed(
        """
        import threading
        from tokenlake.lifetime.auto import install
        install()
        install()
        assert 1 == threading.active_count()
        """,
        environ={"TOKENLAKE_TARGET": "http://127.0.0.1:1"},
    )


@pytest.mark.parametrize(
    ("sink", "scheme", "unwanted"), [(http_sink, "http", "grpc"), (grpc_sink, "grpc", "requests")]
)
def test_an_export_loads_only_its_own_transport(
    sink: Callable[[], AbstractContextManager[Sink]], scheme: str, unwanted: str
) -> None:
    """Who exports over HTTP never loads grpc, and the other way round."""
    program = """
import sys
from tokenlake import init_token_tracking, record_usage, shutdown_token_tracking
init_token_tracking(sys.argv[1])
record_usage(model="m", input_tokens=1)
shutdown_token_tracking()
"""
    with sink() as receiver:
        loaded = loaded_by(program, f"{scheme}://{receiver.address}")

        assert unwanted not in loaded
        assert receiver.spans
