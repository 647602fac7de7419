"""No file tells about the machine that it was written on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.repository import ROOT, files, relative

# The hosts' dots are escaped and the folders are in a group, so that this file does not find itself.
FOREIGN = re.compile(rb"(?<![\w.-])/(?:root|home|work)/|files\.pythonhosted\.org|pypi\.org/simple")
PIN = re.compile(r"[A-Za-z0-9][\w.-]*==[\w.+!-]+")


def checked_files() -> list[Path]:
    """Return all files but the recordings, which are what others wrote, and the license."""
    data = ROOT / "tests" / "data"
    return [path for path in files() if not path.is_relative_to(data) and path != ROOT / "LICENSE"]


def test_no_file_names_a_place_of_a_developers_machine() -> None:
    """Neither absolute paths below a home or a work folder, nor the hosts of a package index."""
    found = {
        relative(path): match.group().decode()
        for path in checked_files()
        if (match := FOREIGN.search(path.read_bytes()))
    }

    assert {} == found


@pytest.mark.parametrize(
    ("folders", "found"),
    [
        (("", "root", "x.py"), True),
        (("see '", "home", "ann"), True),
        (("file://", "work", "main"), True),
        (("tests", "work", "main"), False),
        (("https://example.org", "home", ""), False),
        (("../..", "work", ""), False),
    ],
)
def test_only_absolute_paths_are_meant(folders: tuple[str, ...], found: bool) -> None:
    """A folder of that name below another one is nobody's machine."""
    assert found == bool(FOREIGN.search("/".join(folders).encode()))


def test_constraints_are_pins_and_nothing_else() -> None:
    """Each line is `name==version`: no options, no links, no comments."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()

    assert [] != lines
    assert [] == [line for line in lines if not PIN.fullmatch(line)]
