"""The verdict on every report of a family: traces and records that belong together, taken as a set.

The result is a function of the set: nothing here depends on the order in which the nodes are given, on
clocks, or on an earlier verdict.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from tokenlake_collector.account.containers import container_verdicts, summing_leaves
from tokenlake_collector.account.doubles import join_doubles
from tokenlake_collector.account.inheritance import inherited
from tokenlake_collector.account.reports import IDENTITY, Node, Report, Row, Verdict
from tokenlake_collector.account.running_totals import differences
from tokenlake_collector.account.same_call import same_calls
from tokenlake_collector.account.sources import preference
from tokenlake_collector.account.tree import Tree

SAME_CALL = "same_call"

_FILLED = (
    *IDENTITY,
    "operation_detail",
    "reported_cost",
    "response_id",
    "request_id",
    "agent_name",
    "model",
    "request_model",
    "provider",
    "endpoint_name",
)
"""What the record that is kept takes from the others of its call where it has none itself."""

Changes = dict[str, Any]


def decide(nodes: Iterable[Node]) -> dict[UUID, Verdict]:
    """Return a verdict for every report among the nodes, by the report's id."""
    trees = _trees(nodes)
    changes = {report.id: inherited(tree, report) for tree in trees for report in tree.reports}
    as_containers: set[int] = set()
    verdicts: dict[UUID, Verdict] = {}
    for tree in trees:
        as_containers |= summing_leaves(tree)
        verdicts |= _of_containers(tree, as_containers)
    calls = same_calls(trees, as_containers)
    join_doubles(trees, calls, changes)
    for group in calls.all():
        verdicts |= _of_one_call(group, changes)
    for tree in trees:
        for report, own in differences(tree):
            changes[report.id] |= own | {"context_tokens": own["input_tokens"]}
    for identity, verdict in verdicts.items():
        verdict.changes = changes[identity]
    return verdicts


def _trees(nodes: Iterable[Node]) -> list[Tree]:
    traces: dict[UUID | None, list[Node]] = {}
    for node in nodes:
        traces.setdefault(node.trace, []).append(node)
    return [Tree(found) for _, found in sorted(traces.items(), key=lambda item: str(item[0]))]


def _of_containers(tree: Tree, as_containers: set[int]) -> dict[UUID, Verdict]:
    found = container_verdicts(tree, as_containers)
    verdicts = {report.id: found[id(report)] for report in tree.reports if id(report) in found}
    return verdicts | {r.id: Verdict(r.row["reason"]) for r in tree.reports if r.role == "never"}


def _of_one_call(group: list[Report], changes: dict[UUID, Changes]) -> dict[UUID, Verdict]:
    """Count the most exact report of a call and fill what it lacks from the others."""
    best, *others = sorted(group, key=preference)
    for other in others:
        own = best.row | changes[best.id]
        changes[best.id] |= _filled(own, other.row | changes[other.id])
    kept = {best.id: Verdict(best.row["reason"])}
    return kept | {other.id: Verdict(SAME_CALL, best.id) for other in others}


def _filled(row: Row, other: Row) -> Changes:
    filled = {c: other[c] for c in _FILLED if row[c] is None and other[c] is not None}
    cached = other["cache_read_tokens"] + other["cache_creation_tokens"]
    if cached <= row["input_tokens"] and not (row["cache_read_tokens"] or row["cache_creation_tokens"]):
        filled |= {c: other[c] for c in ("cache_read_tokens", "cache_creation_tokens") if other[c]}
    if row["reasoning_tokens"] == 0 < other["reasoning_tokens"] <= row["output_tokens"]:
        filled["reasoning_tokens"] = other["reasoning_tokens"]
    return filled
