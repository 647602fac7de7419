"""`tokenlake explain`."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from tokenlake_collector.cli.explained import explained
from tokenlake_collector.cli.options import Json
from tokenlake_collector.cli.source import Db, Url

_NUMBERS = {
    "input_tokens": "input",
    "cache_read_tokens": "cache read",
    "cache_creation_tokens": "cache creation",
    "output_tokens": "output",
    "reasoning_tokens": "reasoning",
}


def explain(
    identity: Annotated[str, typer.Argument(help="A trace id (32 hex digits), or the id of a row.")],
    db: Db = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Show the tree of a trace, every report in it, and the rule that decided on each.

    Example: tokenlake explain 0123456789abcdef0123456789abcdef
    """
    roots = explained(db, url, identity)
    if as_json:
        json.dump(roots, sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    for root in roots:
        Console(soft_wrap=True).print(_drawn(root, Tree(_headline(root), guide_style="dim")))


def _drawn(node: dict[str, Any], tree: Tree) -> Tree:
    for line in _lines(node):
        tree.add(Text(line))
    for child in node["children"]:
        _drawn(child, tree.add(_headline(child)))
    return tree


def _headline(node: dict[str, Any]) -> Text:
    name = " ".join(filter(None, (node["detail"], node.get("model"))))
    where = f"span {node['span_id']}" if node["span_id"] else "log record"
    head = f"{node['role']} {name} · {where} · {node['start']} · {node['duration_ms']:,.1f} ms"
    if "verdict" not in node:
        return Text(head, style="dim")
    return Text(head, style="bold green" if node["verdict"] == "counted" else "yellow")


def _lines(node: dict[str, Any]) -> list[str]:
    if "verdict" not in node:
        return []
    instead = f" → {node['counted_instead']}" if node["counted_instead"] else ""
    lines = [f"{node['verdict']}{instead}", f"reported: {_numbers(node['reported'])}"]
    if node["stored"] | node["reported"] != node["stored"]:
        lines.append(f"stored:   {_numbers(node['stored'])}")
    if node["changed"]:
        lines.append(f"taken from relatives: {', '.join(node['changed'])}")
    source = f"{node['dialect']} {node['signal']}, scope {node['scope'] or 'none'}"
    return [*lines, f"{source}, input read by {node['input_rule']}", f"row {node['id']}"]


def _numbers(values: dict[str, Any]) -> str:
    return ", ".join(f"{label} {values[name]:,}" for name, label in _NUMBERS.items())
