"""A Python program in a process of its own, for what can be set only once in a process."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent


def run_python(
    program: str | Path,
    *arguments: str,
    environ: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program text or file to its end, without the OTEL_* variables of this process.

    Args:
        program: Python source, or the path of a file.
        *arguments: what the program finds in sys.argv[1:].
        environ: variables on top of the inherited ones.
    """
    source = [str(program)] if isinstance(program, Path) else ["-c", dedent(program)]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return subprocess.run(
        [sys.executable, "-W", "error", *source, *arguments],
        env={**inherited, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def succeed(program: str | Path, *arguments: str, environ: Mapping[str, str] | None = None) -> str:
    """Run a program as `run_python` does and return its output; it must end well and complain of nothing."""
    finished = run_python(program, *arguments, environ=environ)

    assert finished.returncode == 0, finished.stderr
    assert not finished.stderr

    return finished.stdout
