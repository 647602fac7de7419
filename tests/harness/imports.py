"""The imports of a package, read from its source and not by running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name; `target` is its full dotted path, such as `tokenlake_collector.ingest.Accepted`."""

    module: str
    target: str
    line: int

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"


def module_files(package: str, folder: Path) -> dict[str, Path]:
    """Return the file of every module by its dotted name; a package is named without `__init__`."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        found[".".join((package, *(part for part in parts if part != "__init__")))] = path
    return found


def imports_of(module: str, path: Path) -> list[Import]:
    """Return all imports of one module, wherever they stand in it.

    Raises:
        ValueError: one is relative, so that its target does not stand on the line.
    """
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [Import(module, target, line) for node in nodes for target, line in _targets(module, node)]


def imports_inside_functions(path: Path) -> list[int]:
    """Return the lines of the imports that run only when a function is called."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    functions = [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, kinds)
    ]
    inner = (node for function in functions for node in ast.walk(function))
    return sorted({node.lineno for node in inner if isinstance(node, ast.Import | ast.ImportFrom)})


def module_graph(files: dict[str, Path]) -> dict[str, set[str]]:
    """Return which of these modules each of them imports."""
    return {
        module: {
            owner for found in imports_of(module, path) if (owner := _owner(found.target, files)) != module
        }
        - {""}
        for module, path in files.items()
    }


def _owner(target: str, files: dict[str, Path]) -> str:
    """Return the module that a dotted path leads to: itself, or the one that holds the name."""
    return next((name for name in (target, target.rpartition(".")[0]) if name in files), "")


def _targets(module: str, node: ast.AST) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.Import):
        yield from ((alias.name, node.lineno) for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        if node.level or node.module is None:
            raise ValueError(f"{module}:{node.lineno}: write the import with its full path")
        yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
