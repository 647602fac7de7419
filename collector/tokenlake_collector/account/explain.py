"""A trace as the rules saw it: its tree, every report with its numbers, and the rule that decided on each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import duckdb

from tokenlake_collector.account.reasons import in_words
from tokenlake_collector.account.reports import TOKENS, Node, Report, Row, relative, report
from tokenlake_collector.account.stored import as_reported
from tokenlake_collector.account.tree import Tree
from tokenlake_collector.storage.sql import query

_SHOWN = (
    "model",
    "dialect",
    "signal",
    "scope",
    "input_rule",
    "flags",
    "session_id",
    "user_id",
    "response_id",
)

Explanation = dict[str, Any]


def explain(connection: duckdb.DuckDBPyConnection, identity: str) -> list[Explanation]:
    """Explain a trace (32 hex digits) or a report (its id): the roots of the tree, with what is below them.

    Raises:
        ValueError: nothing is stored under that id.
    """
    found = query(connection, __package__, "explained", {"identity": _uuid(identity)})
    if not found:
        raise ValueError(f"{identity}: no trace and no report has this id")
    traces = {str(row["trace_id"]) for row in found if row["trace_id"] is not None}
    kin = query(connection, __package__, "explained_kin", {"traces": sorted(traces)})
    stored = {row["id"]: row for row in found}
    nodes: list[Node] = [report(as_reported(row)) for row in found]
    spans = {node.key for node in nodes}
    nodes += [relative(row) for row in _each_once(kin) if row["span_id"] not in spans]
    return _forest(Tree(nodes), stored)


def _uuid(identity: str) -> str:
    try:
        return str(UUID(identity))
    except ValueError:
        raise ValueError(f"{identity!r}: write a trace id (32 hex digits) or the id of a row") from None


def _each_once(kin: Iterable[Row]) -> list[Row]:
    return list({row["span_id"]: row for row in kin}.values())


def _forest(tree: Tree, stored: dict[UUID, Row]) -> list[Explanation]:
    below: dict[int | None, list[Node]] = {}
    for node in tree.nodes:
        above = tree.ancestors(node)
        below.setdefault(id(above[0]) if above else None, []).append(node)

    def branch(node: Node) -> Explanation:
        children = [branch(child) for child in below.get(id(node), [])]
        return _described(node, stored) | {"children": children}

    return [branch(node) for node in below.get(None, [])]


def _described(node: Node, stored: dict[UUID, Row]) -> Explanation:
    described: Explanation = {
        "span_id": f"{node.key:016x}" if isinstance(node.key, int) else None,
        "role": node.role or "leaf",
        "detail": node.row["operation_detail"],
        "start": node.start.isoformat(),
        "duration_ms": (node.end - node.start) / timedelta(milliseconds=1),
    }
    if isinstance(node, Report):
        described |= _verdict(node, stored[node.id])
    return described


def _verdict(node: Report, row: Row) -> Explanation:
    numbers = (*TOKENS, "reported_cost")
    return {
        "id": str(node.id),
        "verdict": in_words(row["reason"]),
        "counted_instead": str(row["counted_id"]) if row["counted_id"] else None,
        "reported": {name: node.row[name] for name in numbers},
        "stored": {name: row[name] for name in (*numbers, "computed_cost", "estimated_cost")},
        "changed": sorted(json.loads(row["reported"] or "{}").keys() - {"reason", "resource_session_id"}),
        **{name: row[name] for name in _SHOWN},
    }
