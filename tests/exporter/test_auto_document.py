"""docs/zero-code.md is true: what it shows is run."""

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from harness.markdown import Block, Document
from harness.otlp_sink import Sink, attributes_of, http_sink
from harness.repository import ROOT
from harness.zero_code import environment
from tokenlake.lifetime.environment import SETTINGS, SIGTERM_FLUSH, TRACKING

DOCUMENT = Document.read(ROOT / "docs" / "zero-code.md")
PYTHON = [block for block in DOCUMENT.blocks if block.language == "python"]
SHELL = [block for block in DOCUMENT.blocks if block.language == "sh"]
AGENT, SAMPLED = PYTHON


def run_block(script: str, folder: Path, sink: Sink) -> None:
    """Run shell text beside the document's agent, with the sink where the document has a collector."""
    (folder / "agent.py").write_text(AGENT.text)
    finished = subprocess.run(
        ["sh", "-ec", script.replace("127.0.0.1:4318", sink.address)],
        cwd=folder,
        env=environment(
            {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONWARNINGS": "default"}
        ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (0, "") == (finished.returncode, finished.stderr)


@pytest.mark.parametrize("block", SHELL, ids=lambda block: f"line {block.line}")
def test_every_command_exports_the_call_with_its_channel(block: Block, tmp_path: Path) -> None:
    """The agent, which knows nothing of us, is started as the document says."""
    with http_sink() as sink:
        run_block(block.text, tmp_path, sink)
        (span,) = sink.spans
        stamped = attributes_of(span)

        expected = ("chat gpt-5", "telegram", 1000)

        assert expected == (span.name, stamped["tokenlake.channel"], stamped["gen_ai.usage.input_tokens"])


def test_the_recording_sampler_keeps_the_call_of_another_instrumentation(tmp_path: Path) -> None:
    """A hundred calls, of which the root samples about one, all arrive."""
    calls = AGENT.text.replace("\n", "\n    ")
    with http_sink() as sink:
        setup = SAMPLED.text.replace("127.0.0.1:4318", sink.address)
        (tmp_path / "sampled.py").write_text(f"{setup}\nfor _ in range(100):\n    {calls}")
        run_block("python sampled.py", tmp_path, sink)

        expected = ["chat gpt-5"] * 100

        assert expected == sink.names


@pytest.mark.skipif(
    not entry_points(group="opentelemetry_traces_sampler", name="tokenlake_traceidratio"),
    reason="this installation is older than its pyproject.toml",
)
def test_the_environments_name_for_it_keeps_the_call(tmp_path: Path) -> None:
    """With a ratio of 0 the call arrives all the same."""
    sampler = "export OTEL_TRACES_SAMPLER=tokenlake_traceidratio OTEL_TRACES_SAMPLER_ARG=0.0\n"
    (block,) = (block for block in SHELL if "OTEL_TRACES_EXPORTER=none" in block.text)
    with http_sink() as sink:
        run_block(sampler + block.text, tmp_path, sink)

        expected = ["chat gpt-5"]

        assert expected == sink.names


def test_the_table_has_every_variable_and_its_option() -> None:
    """The document and the code know the same settings."""
    documented = {(row[0], row[1]) for row in DOCUMENT.tables["Variables"]}

    expected = {(one.variable, one.option) for one in SETTINGS} | {(TRACKING, ""), (SIGTERM_FLUSH, "")}

    assert expected == documented
