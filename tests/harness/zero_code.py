"""Programs that are started with tracking from outside, in processes of their own."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.collector_process import clean_environment

CONSOLE = (sys.executable, "-c", "from tokenlake.console import main; main()")
INSTRUMENT = (str(Path(sys.executable).with_name("opentelemetry-instrument")),)


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return these variables on top of a clean environment, in which warnings are errors."""
    return {**clean_environment(), "PYTHONWARNINGS": "error", **(variables or {})}


def start(
    command: Sequence[str], variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        list(command), env=environment(variables), capture_output=True, text=True, timeout=60, check=False
    )


def launch(command: Sequence[str], variables: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start a command whose output is read while it runs."""
    return subprocess.Popen(
        list(command),
        env=environment(variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def tokenlake_run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `tokenlake run` with these arguments to the program's end."""
    return start([*CONSOLE, "run", *arguments], variables)
