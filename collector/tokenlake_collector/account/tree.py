"""The tree of a trace: real parents where received, else the tightest enclosing container (C4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from tokenlake_collector.account.reports import Node, Report


class Tree:
    """All nodes of one trace. Where a parent has not been received, time decides until it arrives."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        """Take the nodes in any order; the tree does not depend on it."""
        self.nodes = sorted(nodes, key=_order)
        self._spans = {node.key: node for node in self.nodes if isinstance(node.key, int)}
        self._containers = [node for node in self.nodes if node.is_container]
        self._ancestors: dict[int, tuple[Node, ...]] = {}

    @cached_property
    def reports(self) -> list[Report]:
        """The nodes that report something."""
        return [node for node in self.nodes if isinstance(node, Report)]

    def span(self, key: int | None) -> Node | None:
        """Return a span by its id, if it was received."""
        return self._spans.get(key) if key is not None else None

    def ancestors(self, node: Node) -> tuple[Node, ...]:
        """Return what encloses a node, the nearest first."""
        found = self._ancestors.get(id(node))
        if found is None:
            found = self._ancestors[id(node)] = tuple(self._climb(node))
        return found

    def _climb(self, node: Node) -> Iterator[Node]:
        passed = {id(node)}
        current = node
        while current.parent is not None:
            above = self._spans.get(current.parent) or self._tightest(current, passed)
            if above is None or id(above) in passed:
                return
            passed.add(id(above))
            yield above
            current = above

    def _tightest(self, node: Node, passed: set[int]) -> Node | None:
        enclosing = [
            container
            for container in self._containers
            if id(container) not in passed
            and container.encloses(node)
            and not self._is_below(container, node)
        ]
        return min(
            enclosing,
            key=lambda container: (container.end - container.start, _order(container)),
            default=None,
        )

    def _is_below(self, node: Node, other: Node) -> bool:
        """Tell whether a chain of received parents leads from a node up to another one."""
        passed: set[int] = set()
        current: Node | None = node
        while current is not None and id(current) not in passed:
            passed.add(id(current))
            current = self.span(current.parent)
            if current is other:
                return True
        return False


def _order(node: Node) -> tuple[object, ...]:
    return (node.start, node.end, str(node.key))
