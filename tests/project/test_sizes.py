"""Modules and functions stay small enough to be read, and nothing is left for later."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from harness.repository import PACKAGES, package_files, relative

MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60

SOURCES = [path for package in PACKAGES for path in package_files(package)]
MODULES = [path for path in SOURCES if path.suffix == ".py"]


def function_lines(source: str) -> dict[str, int]:
    """Return the length of every function and method, its docstring included."""
    nodes = ast.walk(ast.parse(source))
    functions = (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {node.name: (node.end_lineno or node.lineno) - node.lineno + 1 for node in functions}


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_looked_at(package: str) -> None:
    """The checks below are about real files."""
    assert [] != [path for path in MODULES if path.is_relative_to(PACKAGES[package])]


def test_no_module_is_too_long() -> None:
    """A module has at most 400 lines."""
    assert {} == {
        relative(path): length
        for path in MODULES
        if (length := len(text(path).splitlines())) > MAX_MODULE_LINES
    }


def test_no_function_is_too_long() -> None:
    """A function has at most 60 lines, its docstring included."""
    assert {} == {
        f"{relative(path)}: {name}": length
        for path in MODULES
        for name, length in function_lines(text(path)).items()
        if length > MAX_FUNCTION_LINES
    }


def test_the_length_of_a_function_counts_all_of_it() -> None:
    """Signature, docstring, body and inner functions; a function of the same file does not add to it."""
    source = '''def short(): ...

class Some:
    async def long(
        self,
    ):
        """Doc."""
        return 1
'''

    assert {"short": 1, "long": 5} == function_lines(source)


def test_no_module_is_a_drawer() -> None:
    """Nothing is called utils: a module is named for what it is."""
    assert [] == [relative(path) for path in SOURCES if "utils" in (path.stem, path.parent.name)]


def test_nothing_is_left_for_later() -> None:
    """What is open is an issue, not a comment."""
    marks = re.compile(r"\b(TODO|FIXME|XXX)\b")

    assert [] == [relative(path) for path in SOURCES if marks.search(text(path))]
