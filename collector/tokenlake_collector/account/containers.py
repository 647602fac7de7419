"""When a container's usage is counted (C4): only if no leaf below it carries any."""

from __future__ import annotations

from collections.abc import Mapping

from tokenlake_collector.account.reports import Node, Report, Verdict
from tokenlake_collector.account.sources import disjoint_agents
from tokenlake_collector.account.tree import Tree

REPEATS = "repeats_its_calls"
NO_USAGE = "no_usage"


def summing_leaves(tree: Tree) -> set[int]:
    """Return the leaves (by `id`) that are containers by their numbers.

    Such a leaf has several leaves with usage right below it, and its input or output is their sum.
    """
    below: dict[int, list[Report]] = {}
    owners: dict[int, Report] = {}
    for leaf in tree.reports:
        upper = _nearest_leaf(tree, leaf) if leaf.is_leaf and leaf.has_usage else None
        if upper is not None:
            below.setdefault(id(upper), []).append(leaf)
            owners[id(upper)] = upper
    return {key for key, leaves in below.items() if len(leaves) > 1 and _is_sum(owners[key], leaves)}


def container_verdicts(tree: Tree, as_containers: set[int]) -> Mapping[int, Verdict]:
    """Return a verdict for every reporting container of a trace, by `id` of the report."""
    containers = [r for r in tree.reports if r.is_container or id(r) in as_containers]
    leaves = [r for r in tree.reports if r.is_leaf and id(r) not in as_containers and r.has_usage]
    repeated: dict[int, Report] = {}
    for leaf in leaves:
        for above in tree.ancestors(leaf):
            repeated.setdefault(id(above), leaf)
    inner: dict[int, Report] = {}
    for container in containers:
        if container.has_usage and id(container) not in repeated:
            for above in tree.ancestors(container):
                if not _disjoint(container, above):
                    inner.setdefault(id(above), container)
    return {id(container): _verdict(container, repeated, inner) for container in containers}


def _verdict(container: Report, repeated: Mapping[int, Report], inner: Mapping[int, Report]) -> Verdict:
    counted = repeated.get(id(container)) or inner.get(id(container))
    if counted is not None:
        return Verdict(REPEATS, counted.id)
    return Verdict() if container.has_usage else Verdict(NO_USAGE)


def _disjoint(container: Report, above: Node) -> bool:
    """Nested agent spans of some emitters hold only their own messages, so all of them count."""
    return isinstance(above, Report) and disjoint_agents(container.row) and disjoint_agents(above.row)


def _nearest_leaf(tree: Tree, leaf: Report) -> Report | None:
    return next((a for a in tree.ancestors(leaf) if isinstance(a, Report) and a.is_leaf), None)


def _is_sum(upper: Report, leaves: list[Report]) -> bool:
    sums = [sum(leaf.tokens[index] for leaf in leaves) for index in (0, 1)]
    return any(total and total == own for total, own in zip(sums, upper.tokens, strict=True))
