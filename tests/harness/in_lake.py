"""Tests that run where DuckDB's extensions are: in an environment of their own, with DuckDB 1.5.5."""

from __future__ import annotations

import os
import subprocess

from harness.collector_process import clean_environment
from harness.integration_environment import integration_environment
from harness.repository import ROOT


def passed(*arguments: str) -> None:
    """Run tests in the environment; all of them must pass."""
    python = integration_environment("lake").folder / "bin" / "python"
    finished = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env=clean_environment() | {"PYTHONPATH": os.fspath(ROOT / "tests")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
