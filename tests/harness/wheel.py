"""The project as it is shipped: its wheel, and an environment that has nothing else."""

from __future__ import annotations

import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from harness.collector_process import clean_environment
from harness.repository import ROOT


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment, seen from outside the repository."""

    folder: Path

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment to its end, in a folder where no source of ours lies."""
        return subprocess.run(
            [str(self.folder / "bin" / program), *arguments],
            cwd=self.folder,
            env={key: value for key, value in clean_environment().items() if key != "PYTHONPATH"},
            capture_output=True,
            text=True,
            check=False,
        )

    def succeed(self, program: str, *arguments: str) -> str:
        """Run a program as `run` does and return its output; it must end well."""
        finished = self.run(program, *arguments)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this checkout."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder)]
    finished = subprocess.run([*pip, str(ROOT)], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


def base_environment(folder: Path, wheel: Path) -> Environment:
    """Make an environment and install the wheel into it, without extras, with the pinned versions."""
    venv.create(folder, with_pip=True)
    environment = Environment(folder)
    constraints = str(ROOT / "constraints.txt")
    environment.succeed("python", "-m", "pip", "install", "--quiet", "-c", constraints, str(wheel))
    return environment
