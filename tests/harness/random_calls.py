"""What can happen around one call: several instrumentations, attempts that failed, wrong parents."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from hypothesis import strategies as st

from harness.emitters import CLIENT, FRAMEWORK, SERVER, Emitter
from harness.known_emitters import FRAMEWORKS, OPENROUTER, SDKS, SERVERS
from harness.random_case import GrowingCase
from harness.random_containers import SEPARATORS
from harness.span_tree import SESSION, TreeSpan
from harness.true_calls import Counts

_FAILURE = {"error.type": "529"}


class GrowingCalls(GrowingCase):
    """The shapes. Each adds its spans below a parent and returns the tokens of the calls that it noted."""

    def observed_call(self, trace: int, parent: TreeSpan | None) -> Counts:
        """One call, seen by a framework, the provider's SDK and servers, or by some of these (C4c, C7).

        The less exact records may have one of input and output wrong; the most exact one is the truth.
        """
        outer = [self.choose(FRAMEWORKS[self.vendor])] if self.draw(st.booleans()) else []
        servers = SERVERS[self.vendor]
        inner = servers[: self.draw(st.integers(0, len(servers)))]
        stack = [*outer, self.choose(SDKS[self.vendor]), *inner]
        counts, shown = self._numbers(stack)
        response_id = self.response_id() if self.draw(st.booleans()) else ""
        own = self.identity() if self.rarely() else {}
        above, outermost = parent, None
        with ExitStack() as opened:
            for emitter, told in zip(stack, shown, strict=True):
                if outermost is not None and self.draw(st.booleans()):
                    http = {"http.request.method": "POST"}
                    above = opened.enter_context(self.tree.open(trace, above, attributes=http))
                attributes = emitter.write(told) | own
                above = opened.enter_context(self.leaf(trace, above, emitter, attributes, response_id))
                outermost = outermost or above
        assert outermost is not None
        return self.note(counts, outermost)

    def _numbers(self, stack: list[Emitter]) -> tuple[Counts, list[Counts]]:
        """Return the true counts and what each record says: the exact one is right, another may err.

        A framework or server may have one of input and output wrong (C4c); a server below a client both (C7).
        """
        best = min(stack, key=lambda emitter: emitter.exactness)
        counts = best.shown(self.counts())
        if sum(emitter.exactness == best.exactness for emitter in stack) > 1:
            counts = replace(counts, reasoning=0)
        shown = [counts if emitter is best else replace(counts, reasoning=0) for emitter in stack]
        wrong = self.draw(st.integers(0, 2 * len(stack) - 1))
        if wrong < len(stack) and stack[wrong].exactness > best.exactness:
            errors = [
                replace(shown[wrong], output=counts.output + 3),
                Counts(counts.input - 5, counts.output),
            ]
            if best.kind == CLIENT and stack[wrong].kind == SERVER:
                errors.append(Counts(counts.input - 5, counts.output + 3))
            shown[wrong] = self.choose(errors)
        return counts, shown

    def retried_call(self, trace: int, parent: TreeSpan | None) -> Counts:
        """Failed attempts, each a call that failed, then one that succeeds (C8); alone or in a wrapper.

        Attempts of one instrumentation are siblings: as many calls. An attempt that two saw, one inside the
        other in time, is one failed call; one that broke off after some output was billed. The wrapper shows
        the successful attempt's numbers.
        """
        sdk, wrapper = self.choose(SDKS[self.vendor]), self.choose(FRAMEWORKS[self.vendor])
        counts = sdk.shown(self.counts())
        with ExitStack() as opened:
            around = parent
            if parent is None or self.draw(st.booleans()):
                around = opened.enter_context(self.leaf(trace, parent, wrapper, wrapper.write(counts)))
            billed = self._attempts(trace, around, sdk, counts)
            span = self.whole_leaf(trace, around, sdk, counts)
        return billed + self.note(counts, span)

    def given_up_call(self, trace: int, parent: TreeSpan | None) -> Counts:
        """A wrapper that failed because every attempt in it did: as many failed calls as attempts (C8)."""
        sdk, wrapper = self.choose(SDKS[self.vendor]), self.choose(FRAMEWORKS[self.vendor])
        with self.leaf(trace, parent, wrapper, wrapper.identity | _FAILURE) as around:
            around.failed = True
            return self._attempts(trace, around, sdk, None)

    def _attempts(self, trace: int, parent: TreeSpan | None, sdk: Emitter, counts: Counts | None) -> Counts:
        """Add one or two failed attempts; with `counts`, some of them were billed for the same prompt."""
        other = self.choose([emitter for emitter in SDKS[self.vendor] if emitter.scope != sdk.scope])
        billed = Counts()
        for _ in range(self.draw(st.integers(1, 2))):
            seen = self.choose(["once", "beside", "below", "billed"])
            used = (
                replace(counts, output=self.unused_count(), reasoning=0)
                if counts and seen == "billed"
                else None
            )
            attributes = sdk.write(used) if used else sdk.identity
            with self.leaf(trace, parent, sdk, attributes | _FAILURE) as span:
                span.failed = True
                if seen in {"beside", "below"}:
                    place = span if seen == "below" or parent is None else parent
                    with self.leaf(trace, place, other, other.identity | _FAILURE) as copy:
                        copy.failed = True
            billed += self.note(used or Counts(), span, failed=True)
        return billed

    def twice_recorded_call(self, trace: int, parent: TreeSpan | None) -> Counts:
        """Two instrumentations of one call side by side, with the provider's id on both (C4)."""
        able = [emitter for emitter in SDKS[self.vendor] if emitter.id_name]
        if parent is None or len(able) < 2:
            return self.observed_call(trace, parent)
        first, second = self.draw(st.permutations(able))[:2]
        counts = second.shown(first.shown(self.counts()))
        response_id = self.response_id()
        with self.leaf(trace, parent, first, first.write(counts), response_id) as span:
            self.whole_leaf(trace, parent, second, counts, response_id)
        return self.note(counts, span)

    def summing_leaf(self, trace: int, parent: TreeSpan | None) -> Counts:
        """A leaf over several calls that holds their sum, or only the sum of their output (C4c)."""
        outer, sdk = self.choose(FRAMEWORKS[self.vendor]), self.choose(SDKS[self.vendor])
        calls = [sdk.shown(self.counts()) for _ in range(self.draw(st.integers(2, 3)))]
        total = sum(calls, Counts())
        held = Counts(self.choose([total.input, calls[-1].input]), total.output)
        with self.leaf(trace, parent, outer, outer.write(held)) as span:
            for counts in calls:
                self.note(counts, self.whole_leaf(trace, span, sdk, counts))
        return total

    def call_behind_a_tool(self, trace: int, parent: TreeSpan | None) -> Counts:
        """A call whose tool makes another one of equal numbers: two calls, for a tool lies between (C4b)."""
        sdk = self.choose(SDKS[self.vendor])
        counts = sdk.shown(self.counts())
        with (
            self.leaf(trace, parent, sdk, sdk.write(counts)) as outer,
            self.container(trace, outer, self.choose(SEPARATORS), needed=True) as tool,
        ):
            self.note(counts, self.whole_leaf(trace, tool, sdk, counts))
        return counts + self.note(counts, outer)

    def wrongly_nested_call(self, trace: int, parent: TreeSpan | None) -> Counts:
        """A call below another one by mistake: its provider's id (C4a) or both its counts differ (C4d)."""
        sdk = self.choose([emitter for emitter in SDKS[self.vendor] if emitter.id_name])
        counts = sdk.shown(self.counts())
        other, ids = sdk.shown(self.counts()), ["", ""]
        if self.draw(st.booleans()):
            other, ids = counts, [self.response_id(), self.response_id()]
        with self.leaf(trace, parent, sdk, sdk.write(counts), ids[0]) as outer:
            inside = self.draw(st.booleans())
            if inside:
                self.note(other, self.whole_leaf(trace, outer, sdk, other, ids[1]))
        if not inside:
            self.note(other, self.whole_leaf(trace, outer, sdk, other, ids[1]))
        return other + self.note(counts, outer)

    def silent_client(self, trace: int, parent: TreeSpan | None) -> Counts:
        """A client's span without usage above a server's: what the server counted was used (C7)."""
        if not SERVERS[self.vendor]:
            return self.observed_call(trace, parent)
        client = self.choose([emitter for emitter in SDKS[self.vendor] if emitter.kind == CLIENT])
        server = self.choose(SERVERS[self.vendor])
        counts = server.shown(self.counts())
        with self.leaf(trace, parent, client, client.identity) as span:
            self.whole_leaf(trace, span, server, counts)
        return self.note(counts, span)

    def broadcast_call(self, trace: int, parent: TreeSpan | None) -> Counts:
        """A call whose gateway sends its own copy in another trace under the provider's id (C4, C5)."""
        if self.vendor != "openai":
            return self.observed_call(trace, parent)
        sdk = self.choose([emitter for emitter in SDKS["openai"] if emitter.id_name])
        counts, response_id = sdk.shown(self.counts()), self.response_id()
        with self.leaf(trace, parent, sdk, sdk.write(counts), response_id) as span:
            copy = self.whole_leaf(self._elsewhere(), None, OPENROUTER, counts, response_id)
            copy.resource = {"service.name": "openrouter"}
        return self.note(counts, span)

    def doubled_calls(self, trace: int, parent: TreeSpan | None) -> Counts:
        """Equal calls at the same time, each seen by a framework and, in another trace, the SDK; one direct.

        Nothing but the process, the time and the numbers connects the two records of one call.
        """
        sdk = self.choose([emitter for emitter in SDKS[self.vendor] if emitter.exactness < FRAMEWORK])
        framework = self.choose(FRAMEWORKS[self.vendor])
        if SESSION in self.resource:
            return self.observed_call(trace, parent)
        counts = replace(sdk.shown(self.counts()), reasoning=0)
        total = Counts()
        with ExitStack() as running:
            for _ in range(1 if parent is None else self.draw(st.integers(1, 3))):
                upper = running.enter_context(self.leaf(trace, parent, framework, framework.write(counts)))
                response_id = self.response_id() if self.draw(st.booleans()) else ""
                lower = self.leaf(self._elsewhere(), None, sdk, sdk.write(counts), response_id)
                if self.draw(st.booleans()):
                    running.enter_context(lower)
                else:
                    with lower:
                        pass
                total += self.note(counts, upper)
            if self.rarely():
                total += self.note(counts, self.whole_leaf(self._elsewhere(), None, sdk, counts))
        return total

    def _elsewhere(self) -> int:
        """Return a trace of its own."""
        return 1000 + len(self.tree.spans)
