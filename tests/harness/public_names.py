"""The public names of a package and what their source says about them."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

from harness.imports import imports_of, module_files


def public_names(package: str, folder: Path) -> dict[str, str]:
    """Return the docstring of every name in `__all__`, empty where there is none.

    A constant's docstring is the string below its assignment; a name with underscores on both sides has the
    docstring of its module. Classes are read from their source, because a dataclass without a docstring makes
    one up; a function that a decorator made has the docstring it was given.
    """
    files = module_files(package, folder)
    origins = {found.target.rpartition(".")[2]: found.target for found in imports_of(package, files[package])}
    documented = {}
    for name in _all(files[package]):
        module = origins[name].rpartition(".")[0]
        tree = _parse(files[module])
        value = getattr(importlib.import_module(module), name)
        made = value.__doc__ if inspect.isfunction(value) else None
        written = ast.get_docstring(tree) if name.startswith("__") else _docstrings(tree).get(name)
        documented[name] = written or made or ""
    return documented


def _all(path: Path) -> list[str]:
    """Return what `__all__` lists; a package without one has no public names of its own."""
    for node in _parse(path).body:
        if isinstance(node, ast.Assign) and "__all__" in _names(node):
            return list(ast.literal_eval(node.value))
    return []


def _docstrings(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node, below in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = ast.get_docstring(node) or ""
        elif isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            found |= dict.fromkeys(_names(node), str(below.value.value))
    return found


def _names(node: ast.stmt) -> list[str]:
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))
