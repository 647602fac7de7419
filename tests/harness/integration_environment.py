"""Environments with the packages of others, one for each integration; made once, kept below the checkout."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import venv
from pathlib import Path

from harness.repository import ROOT
from harness.wheel import Environment

REQUIREMENTS = ROOT / "tests" / "integrations" / "requirements"

FOLDER = ROOT / "build" / "integrations"
"""Ignored by git; `make clean` deletes it."""


def integration_environment(name: str) -> Environment:
    """Return the environment of a requirements file, with the base install of this checkout in it.

    It is made anew when the file or the project's own metadata changed since. Fetching the packages takes
    about a minute for the largest.
    """
    wanted = _digest(name)
    folder = FOLDER / name
    stamp = folder / "made-from.sha256"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test processes may want the same one
        if not stamp.exists() or stamp.read_text(encoding="ascii") != wanted:
            _make(folder, name)
            stamp.write_text(wanted, encoding="ascii")
    return Environment(folder)


def _digest(name: str) -> str:
    inputs = (REQUIREMENTS / f"{name}.txt", ROOT / "pyproject.toml")
    return hashlib.sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()


def _make(folder: Path, name: str) -> None:
    venv.create(folder, with_pip=True, clear=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    packages = ["-r", str(REQUIREMENTS / f"{name}.txt"), "-e", str(ROOT)]
    finished = subprocess.run([*pip, *packages], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
