import os
import signal
import sys
import venv
from pathlib import Path
from textwrap import dedent

import pytest

from harness.otlp_sink import Sink, attributes_of, http_sink
from harness.zero_code import CONSOLE, launch, tokenlake_run

ONE_CALL = """
    from tokenlake import record_usage
    record_usage(model="m", input_tokens=1)
"""


def agent(folder: Path, source: str) -> str:
    """Write a program and return its path."""
    path = folder / "agent.py"
    path.write_text(dedent(source))
    return str(path)


def run_agent(sink: Sink, path: str, *options: str, **variables: str) -> str:
    """Run a program with the sink as its target and return its output; it must end well and not complain."""
    target = ("--target", f"http://{sink.address}")
    finished = tokenlake_run(*target, *options, "--", sys.executable, path, **variables)

    assert (0, "") == (finished.returncode, finished.stderr)

    return finished.stdout


def test_a_call_is_exported_with_the_context_of_the_options(tmp_path: Path) -> None:
    """Neither init nor a context is in the program; what `tokenlake run` was told is on its span."""
    with http_sink() as sink:
        run_agent(sink, agent(tmp_path, ONE_CALL), "--channel", "telegram", "--session-id", "s-1")
        (span,) = sink.spans
        stamped = attributes_of(span)

        expected = ("telegram", "s-1", 1)

        assert expected == (
            stamped["tokenlake.channel"],
            stamped["gen_ai.conversation.id"],
            stamped["gen_ai.usage.input_tokens"],
        )


@pytest.mark.parametrize(
    "inner",
    [
        """
        with tracking_context(user_id="inner"):
            record_usage(model="m")
        """,
        """
        set_tracking_context(TokenTrackingContext(user_id="inner"))
        record_usage(model="m")
        """,
    ],
)
def test_a_context_of_the_program_overrides_only_what_it_sets(tmp_path: Path, inner: str) -> None:
    """The user is the program's, the channel still the environment's."""
    names = "TokenTrackingContext, record_usage, set_tracking_context, tracking_context"
    program = f"from tokenlake import {names}\n{dedent(inner)}"
    with http_sink() as sink:
        run_agent(sink, agent(tmp_path, program), TOKENLAKE_CHANNEL="web", TOKENLAKE_USER_ID="outer")
        (span,) = sink.spans
        stamped = attributes_of(span)

        expected = ("web", "inner")

        assert expected == (stamped["tokenlake.channel"], stamped["user.id"])


def test_after_a_context_of_the_program_the_environments_holds_again(tmp_path: Path) -> None:
    """Leaving the block brings back the environment's user."""
    program = """
        from tokenlake import record_usage, tracking_context
        with tracking_context(user_id="inner"):
            pass
        record_usage(model="m")
    """
    with http_sink() as sink:
        run_agent(sink, agent(tmp_path, program), TOKENLAKE_USER_ID="outer")

        expected = ["outer"]

        assert expected == [attributes_of(span)["user.id"] for span in sink.spans]


def test_a_provider_that_the_program_sets_is_its_own_and_joined(tmp_path: Path) -> None:
    """The program's exporter gets its spans and the call; the target gets them too, and what came before."""
    program = """
        from opentelemetry import trace
        early = trace.get_tracer("early")
        early.start_span("before").end()
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
        from tokenlake import record_usage
        finished, provider = InMemorySpanExporter(), TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(finished))
        trace.set_tracer_provider(provider)
        assert provider is trace.get_tracer_provider()
        early.start_span("after").end()
        trace.get_tracer("late").start_span("late").end()
        record_usage(model="m")
        print(*(span.name for span in finished.get_finished_spans()), sep=",")
    """
    with http_sink() as sink:
        printed = run_agent(sink, agent(tmp_path, program))

        expected = ("after,late,chat m\n", ["before", "after", "late", "chat m"])

        assert expected == (printed, sink.names)


def test_without_a_target_the_programs_own_exporters_carry_the_spans(tmp_path: Path) -> None:
    """The environment's endpoint, to which the program does not export, gets nothing."""
    program = """
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
        from tokenlake import record_usage
        finished, provider = InMemorySpanExporter(), TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(finished))
        trace.set_tracer_provider(provider)
        record_usage(model="m")
        print(*(span.attributes["tokenlake.channel"] for span in finished.get_finished_spans()))
    """
    with http_sink() as sink:
        path = agent(tmp_path, program)
        finished = tokenlake_run(
            "--channel",
            "web",
            "--",
            sys.executable,
            path,
            OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{sink.address}",
        )

        expected: tuple[int, str, str, list[str]] = (0, "web\n", "", [])

        assert expected == (finished.returncode, finished.stdout, finished.stderr, sink.names)


def test_tracers_of_a_program_without_a_provider_are_exported(tmp_path: Path) -> None:
    """An instrumentation that only takes a tracer is heard; OpenTelemetry's placeholder stays in place."""
    program = """
        from opentelemetry import trace
        assert isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
        with trace.get_tracer("instrumentation").start_as_current_span("GET"):
            pass
    """
    with http_sink() as sink:
        run_agent(sink, agent(tmp_path, program))

        expected = ["GET"]

        assert expected == sink.names


def test_the_programs_own_init_keeps_the_target_of_the_environment(tmp_path: Path) -> None:
    """init_token_tracking() without arguments changes nothing; each call is exported once."""
    with http_sink() as sink:
        program = f"from tokenlake import init_token_tracking\ninit_token_tracking()\n{dedent(ONE_CALL)}"
        run_agent(sink, agent(tmp_path, program))

        expected = ["chat m"]

        assert expected == sink.names


def test_the_exit_status_is_the_programs(tmp_path: Path) -> None:
    """sys.exit(3) is 3."""
    finished = tokenlake_run("--", sys.executable, agent(tmp_path, "raise SystemExit(3)"))

    expected = 3

    assert expected == finished.returncode


def test_the_program_takes_the_place_of_the_console(tmp_path: Path) -> None:
    """It has the process id that was started, so signals reach it and its end is seen."""
    path = agent(tmp_path, "import os, sys; print(os.getpid(), flush=True); sys.stdin.read()")
    with http_sink() as sink:
        command = [*CONSOLE, "run", "--target", f"http://{sink.address}", "--", sys.executable, path]
        with launch(command) as process:
            assert process.stdout is not None

            assert process.pid == int(process.stdout.readline())

            process.send_signal(signal.SIGTERM)

            assert -signal.SIGTERM == process.wait(timeout=30)


def test_another_sitecustomize_still_runs(tmp_path: Path) -> None:
    """The one that was on the path before is run, under its name, and our folder is gone from the path."""
    (tmp_path / "sitecustomize.py").write_text("import builtins; builtins.customized = __name__")
    report = "import sys; print(customized, [path for path in sys.path if 'bootstrap' in path])"
    program = report + dedent(ONE_CALL)
    with http_sink() as sink:
        printed = run_agent(sink, agent(tmp_path, program), PYTHONPATH=str(tmp_path))

        expected = ("sitecustomize []\n", ["chat m"])

        assert expected == (printed, sink.names)


def test_another_sitecustomize_that_fails_stops_neither_program_nor_tracking(tmp_path: Path) -> None:
    """Python reports it as it always does, and the call is exported."""
    (tmp_path / "sitecustomize.py").write_text("1 / 0")
    with http_sink() as sink:
        path = agent(tmp_path, ONE_CALL)
        finished = tokenlake_run(
            "--target", f"http://{sink.address}", "--", sys.executable, path, PYTHONPATH=str(tmp_path)
        )

        expected = (0, ["chat m"])

        assert expected == (finished.returncode, sink.names)
        assert "ZeroDivisionError" in finished.stderr


def test_python_programs_that_the_program_starts_are_tracked_too(tmp_path: Path) -> None:
    """A subprocess inherits the environment, and with it tracking and context."""
    program = f"""
        import subprocess, sys
        subprocess.run([sys.executable, "-c", {dedent(ONE_CALL)!r}], check=True)
    """
    with http_sink() as sink:
        run_agent(sink, agent(tmp_path, program), "--channel", "web")

        expected = ["web"]

        assert expected == [attributes_of(span)["tokenlake.channel"] for span in sink.spans]


def test_a_python_without_tokenlake_runs_untracked_and_says_so(tmp_path: Path) -> None:
    """A program of another environment does its work; one line names the reason."""
    venv.create(tmp_path / "other", with_pip=False)
    python = str(tmp_path / "other" / "bin" / "python")
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if "exporter" not in path]
    finished = tokenlake_run("--", python, "-c", "print('works')", PYTHONPATH=os.pathsep.join(paths))

    assert (0, "works\n") == (finished.returncode, finished.stdout)
    assert "tokenlake: this Python cannot be tracked: No module named 'tokenlake'\n" == finished.stderr


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["no-such-program"], (127, "tokenlake run: no-such-program: No such file or directory\n")),
        (["/etc/passwd"], (126, "tokenlake run: /etc/passwd: Permission denied\n")),
    ],
)
def test_a_program_that_cannot_start_gives_a_shells_status(
    command: list[str], expected: tuple[int, str]
) -> None:
    """Not found is 127, not executable 126, each with one line."""
    finished = tokenlake_run("--", *command)

    assert expected == (finished.returncode, finished.stderr)


def test_without_a_program_it_says_how_to_give_one() -> None:
    """Status 2 and an example."""
    finished = tokenlake_run("--channel", "web")

    expected = 2

    assert expected == finished.returncode
    assert "no program given: tokenlake run -- python agent.py" in finished.stderr


def test_options_of_the_program_are_its_own() -> None:
    """What stands behind the program's name is not looked at, with and without `--`."""
    printing = [sys.executable, "-c", "import sys; print(sys.argv[1:])", "--channel", "x", "--", "y"]
    outputs = [
        tokenlake_run(*separator, *printing, TOKENLAKE_TRACKING="off").stdout for separator in (["--"], [])
    ]

    expected = ["['--channel', 'x', '--', 'y']\n"] * 2

    assert expected == outputs
