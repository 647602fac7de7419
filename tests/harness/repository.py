"""The files of this repository, and what its pyproject.toml says."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

PACKAGES = {
    "tokenlake": ROOT / "exporter" / "tokenlake",
    "tokenlake_queries": ROOT / "queries" / "tokenlake_queries",
    "tokenlake_collector": ROOT / "collector" / "tokenlake_collector",
}
"""Import name and folder of the three packages."""


def files() -> list[Path]:
    """Return the files that git has, and those that the next `git add` would give it."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    paths = [ROOT / name for name in names if name]
    return sorted({path for path in paths if path.is_file()})


def package_files(name: str) -> list[Path]:
    """Return the files of one package, data included."""
    return [path for path in files() if path.is_relative_to(PACKAGES[name])]


def pyproject() -> dict[str, Any]:
    """Return pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def relative(path: Path) -> str:
    """Return a path as it is written from the top of the repository."""
    return path.relative_to(ROOT).as_posix()


def normalized(requirement: str) -> str:
    """Return the name of a requirement, spelled as package indexes compare names."""
    name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()
