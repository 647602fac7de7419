"""Random traces and the calls that they truly show (written from the counting rules, not from the code).

A case is one application run: agents, chains and tools around model calls, each call seen by one or several
instrumentations. Nothing is generated whose truth the records cannot tell, such as two calls of equal numbers
and no ids that could as well be one.
"""

from __future__ import annotations

from contextlib import ExitStack

from hypothesis import strategies as st

from harness.known_emitters import SDKS
from harness.random_calls import GrowingCalls
from harness.random_case import RandomCase
from harness.random_containers import CONTAINERS
from harness.span_tree import SESSION, USER, TreeSpan
from harness.true_calls import Counts

_DEPTH = 2


@st.composite
def random_cases(draw: st.DrawFn) -> RandomCase:
    """Return cases of one to three traces."""
    case = _GrowingTraces(draw)
    for trace in range(1, 1 + draw(st.integers(1, 3))):
        case.grow_trace(trace)
    return case.finished()


class _GrowingTraces(GrowingCalls):
    def grow_trace(self, trace: int) -> None:
        """Grow one trace, of one vendor's calls and one service."""
        self.vendor = self.choose(sorted(SDKS))
        self.resource = {"service.name": f"service-{trace}"}
        if self.rarely():
            self.resource |= {SESSION: f"resource-{trace}"}
        if self.draw(st.booleans()):
            with self.tree.open(trace, None, attributes=self.identity(), resource=self.resource) as root:
                root.needed = SESSION in root.attributes or USER in root.attributes
                self._grow(trace, root, _DEPTH)
        else:
            self._grow(trace, None, _DEPTH)

    def _grow(self, trace: int, parent: TreeSpan | None, depth: int) -> Counts:
        """Grow one to three things below a span and return the tokens of the calls among them."""
        total = Counts()
        # A trace without a root is a single thing: two roots would be two traces.
        for _ in range(1 if parent is None else self.draw(st.integers(1, 3))):
            total += self._grow_one(trace, parent, depth)
        return total

    def _grow_one(self, trace: int, parent: TreeSpan | None, depth: int) -> Counts:
        nesting = ["container", "container", "reporter"] if depth else []
        shape = self.choose([*nesting, "call"])
        if shape == "container":
            return self._repeating_container(trace, parent, depth)
        if shape == "reporter":
            return self._only_reporter(trace, parent)
        grow = self.choose(
            [
                self.observed_call,
                self.retried_call,
                self.given_up_call,
                self.twice_recorded_call,
                self.summing_leaf,
                self.call_behind_a_tool,
                self.wrongly_nested_call,
                self.silent_client,
                self.broadcast_call,
                self.doubled_calls,
            ]
        )
        return grow(trace, parent)

    def _repeating_container(self, trace: int, parent: TreeSpan | None, depth: int) -> Counts:
        """A container that repeats its calls: their sum, a lifetime total, or anything else (C4).

        Not counted, whatever it holds: a leaf below it carries usage.
        """
        kind = self.choose(CONTAINERS)
        with self.container(trace, parent, kind) as span:
            total = self._grow(trace, span, depth - 1)
            if total.input and self.draw(st.booleans()):
                held = self.choose([total, total + self.counts(), self.counts()])
                span.attributes |= kind.usage(held)
        return total

    def _only_reporter(self, trace: int, parent: TreeSpan | None) -> Counts:
        """Containers without a call below: the innermost, which carries usage too, is counted (C4)."""
        counts = Counts(self.unused_count(), self.unused_count())
        above = parent
        with ExitStack() as opened:
            for _ in range(self.draw(st.integers(1, 3))):
                kind = self.choose(CONTAINERS)
                above = opened.enter_context(self.container(trace, above, kind, needed=True))
                above.attributes |= kind.usage(counts)
        assert above is not None
        return self.note(counts, above)
