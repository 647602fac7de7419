"""A case that is growing: random choices, spans that are opened, calls that are noted as true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import strategies as st

from harness.emitters import INTERNAL, Attributes, Emitter
from harness.known_emitters import SPELLINGS
from harness.random_containers import Container
from harness.span_tree import SESSION, USER, SpanTree, TreeSpan
from harness.true_calls import Counts, TrueCall

_Option = TypeVar("_Option")


@dataclass(frozen=True, slots=True)
class RandomCase:
    """Spans in the order in which they were started, and the true calls."""

    spans: Sequence[TreeSpan]
    calls: Sequence[TrueCall]

    @property
    def requests(self) -> list[bytes]:
        """Return what is delivered, one span per request."""
        return [span.request() for span in self.spans if span.received]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002  # hypothesis calls it so
        """Show the trees and the truth as somebody who looks for a bug wants to see them."""
        printer.text("\n".join(["", *map(str, self.spans), "True calls:", *map(str, self.calls)]))


@dataclass(frozen=True, slots=True)
class _Seen:
    """A true call, and the span whose place tells whose it was."""

    counts: Counts
    span: TreeSpan
    failed: bool


class GrowingCase:
    """One application run; `vendor` says whose models the current trace calls."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.tree = SpanTree()
        self.vendor = "openai"
        self.resource: Mapping[str, str] = {}
        self._seen: list[_Seen] = []
        self._last_count = 0
        self._last_id = 0

    def finished(self) -> RandomCase:
        """Lose some spans on the way, and tell what can still be known of the calls."""
        for span in self.tree.spans:
            span.received = span.needed or not self.rarely()
        calls = [
            TrueCall(seen.counts, seen.failed, seen.span.inherited(SESSION), seen.span.inherited(USER))
            for seen in self._seen
        ]
        return RandomCase(self.tree.spans, calls)

    def note(self, counts: Counts, span: TreeSpan, *, failed: bool = False) -> Counts:
        """Note a true call, whose session and user follow from the place of a span."""
        self._seen.append(_Seen(counts, span, failed))
        return counts

    # Spans

    def leaf(
        self,
        trace: int,
        parent: TreeSpan | None,
        emitter: Emitter,
        attributes: Attributes,
        response_id: str = "",
    ) -> AbstractContextManager[TreeSpan]:
        """Open the span of a call, under one of the model's spellings."""
        identity = {emitter.id_name: response_id} if response_id and emitter.id_name else {}
        model = {emitter.model_name: self.choose(SPELLINGS[self.vendor])}
        return self.tree.open(
            trace,
            parent,
            attributes=attributes | identity | model,
            scope=emitter.scope,
            version=emitter.version,
            kind=emitter.kind,
            name=emitter.span_name or "chat",
            resource={**self.resource, **emitter.resource},
        )

    def whole_leaf(
        self,
        trace: int,
        parent: TreeSpan | None,
        emitter: Emitter,
        counts: Counts,
        response_id: str = "",
    ) -> TreeSpan:
        """Add a call's span with nothing below it."""
        with self.leaf(trace, parent, emitter, emitter.write(counts), response_id) as span:
            return span

    def container(
        self, trace: int, parent: TreeSpan | None, kind: Container, *, needed: bool = False
    ) -> AbstractContextManager[TreeSpan]:
        """Open a container, which now and then knows the session or user, and may get lost."""
        identity = self.identity() if self.rarely() else {}
        return self.tree.open(
            trace,
            parent,
            attributes=kind.marks | identity,
            scope=kind.scope,
            kind=INTERNAL,
            resource=self.resource,
            is_container=True,
            needed=needed or parent is None,
        )

    # Choices

    def counts(self) -> Counts:
        """Return counts whose input and output no other call of the case has, nor one near them."""
        total, output = self.unused_count(), self.unused_count()
        read = self.draw(st.integers(0, total))
        written = self.draw(st.integers(0, total - read)) if self.draw(st.booleans()) else 0
        return Counts(total, output, read, written, self.draw(st.integers(0, output)))

    def unused_count(self) -> int:
        """Return a number of tokens of its own."""
        self._last_count += 1
        return 1000 * self._last_count + self.draw(st.integers(10, 40))

    def response_id(self) -> str:
        """Return an id that the provider made for one answer."""
        self._last_id += 1
        prefix = {"openai": "chatcmpl-", "anthropic": "msg_", "bedrock": "msg_bdrk_"}[self.vendor]
        return f"{prefix}{self._last_id:024d}"

    def identity(self) -> dict[str, str]:
        """Return a session, a user, both or neither."""
        session = {SESSION: f"session-{self.draw(st.integers(1, 3))}"} if self.draw(st.booleans()) else {}
        user = {USER: f"user-{self.draw(st.integers(1, 3))}"} if self.draw(st.booleans()) else {}
        return session | user

    def rarely(self) -> bool:
        """Return whether something happens that seldom does."""
        return self.draw(st.integers(0, 3)) == 3

    def choose(self, options: Sequence[_Option]) -> _Option:
        """Return one of some options."""
        return self.draw(st.sampled_from(options))
