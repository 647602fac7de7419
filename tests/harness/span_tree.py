"""A trace under construction: spans in their true tree, some of which nobody will receive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from harness.otlp import NOON_NS, SpanSpec, trace_request

SESSION, USER = "session.id", "user.id"

_MILLISECOND = 1_000_000


@dataclass(eq=False, slots=True)
class TreeSpan:
    """One span; times in milliseconds since the case began. `needed` ones are never lost on the way."""

    trace: int
    number: int
    parent: TreeSpan | None
    start: int
    attributes: dict[str, Any]
    end: int = 0
    scope: str = ""
    version: str = ""
    name: str = "a span"
    kind: int = 1
    resource: Mapping[str, Any] = field(default_factory=dict)
    failed: bool = False
    is_container: bool = False
    needed: bool = True
    received: bool = True

    def __str__(self) -> str:
        depth, above = 0, self.parent
        while above is not None:
            depth, above = depth + 1, above.parent
        lost = "" if self.received else "LOST "
        return (
            f"{'  ' * depth}{lost}{self.trace}/{self.number} [{self.start}..{self.end} ms] {self.scope} "
            f"{self.version} kind {self.kind} {'FAILED ' if self.failed else ''}{self.attributes}"
        )

    def request(self) -> bytes:
        """Return an export request that holds this span alone."""
        spec = SpanSpec(
            self.attributes,
            span_id=_random_looking(self.number, 8),
            trace_id=_random_looking(self.trace, 16),
            parent_id=_random_looking(self.parent.number, 8) if self.parent else 0,
            start_ns=NOON_NS + self.start * _MILLISECOND,
            duration_ns=(self.end - self.start) * _MILLISECOND,
            kind=self.kind,
            failed=self.failed,
        )
        request = trace_request(spec, scope=self.scope, scope_version=self.version, resource=self.resource)
        request.resource_spans[0].scope_spans[0].spans[0].name = self.name
        return request.SerializeToString()

    def known_ancestors(self) -> Iterator[TreeSpan]:
        """Yield what a receiver can know to be above: parents, and over a gap the next container (C4).

        Time tells that container, because containers of a case lie strictly inside one another or apart.
        """
        current = self.parent
        over_a_gap = False
        while current is not None:
            if current.received and (current.is_container or not over_a_gap):
                over_a_gap = False
                yield current
            else:
                over_a_gap = True
            current = current.parent

    def inherited(self, key: str) -> str | None:
        """Return an attribute of the span itself, of the nearest known ancestor, or of the resource (C10)."""
        chain = [self, *self.known_ancestors()]
        found = (span.attributes[key] for span in chain if key in span.attributes)
        return next(found, self.resource.get(key))


class SpanTree:
    """Spans of one or several traces on one clock."""

    def __init__(self) -> None:
        self.spans: list[TreeSpan] = []
        self.clock = 0

    @contextmanager
    def open(self, trace: int, parent: TreeSpan | None, **options: Any) -> Iterator[TreeSpan]:
        """Start a span, which ends when the block does; each start and end has a millisecond of its own."""
        attributes = options.pop("attributes", {})
        span = TreeSpan(trace, len(self.spans) + 1, parent, self._tick(), attributes, **options)
        self.spans.append(span)
        yield span
        span.end = self._tick()

    def _tick(self) -> int:
        self.clock += 1
        return self.clock


def _random_looking(number: int, length: int) -> int:
    """Return an id as SDKs make them: every byte of it differs from the next one's."""
    return int.from_bytes(blake2b(str(number).encode(), digest_size=length).digest(), "big")
