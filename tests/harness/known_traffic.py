"""Batches of spans whose totals are known by construction: lone calls, agents above calls, other spans."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from harness.bulk_spans import SpanMold, request_of
from harness.otlp import CHAT, NOON_NS

_SECOND_NS = 1_000_000_000
_CALLS_OF_AN_AGENT = 3


@dataclass(frozen=True, slots=True)
class Truth:
    """What a ledger must hold: rows of both tables, and the tokens of the counted ones."""

    counted: int = 0
    uncounted: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: Truth) -> Truth:
        return Truth(
            self.counted + other.counted,
            self.uncounted + other.uncounted,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """One export request, the ids of its spans that report usage, and what it adds to the truth."""

    payload: bytes
    reports: tuple[int, ...]
    truth: Truth
    spans: int


def truth_of(batches: Iterable[Batch]) -> Truth:
    """Return what a ledger must hold after these batches, each however often it was sent."""
    return sum((batch.truth for batch in batches), Truth())


def call_attributes(input_tokens: int, output_tokens: int) -> dict[str, Any]:
    """Return the attributes of a model call."""
    usage = {"gen_ai.usage.input_tokens": input_tokens, "gen_ai.usage.output_tokens": output_tokens}
    return CHAT | usage | {"gen_ai.conversation.id": "session-1"}


# Sizes that no other mix of calls adds up to by chance.
_CALLS = {tokens: SpanMold(call_attributes(*tokens)) for tokens in ((100, 20), (1_003, 211), (12_347, 4_099))}
_STEP = SpanMold(call_attributes(500, 50), child=True)
_AGENT = SpanMold(
    call_attributes(500 * _CALLS_OF_AN_AGENT, 50 * _CALLS_OF_AN_AGENT)
    | {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner"},
    kind=1,
    duration_ns=10 * _SECOND_NS,
)
_OTHER = SpanMold({"http.request.method": "GET", "http.route": "/", "http.response.status_code": 200})


def big_batches(number: int, size: int) -> list[Batch]:
    """Return batches of lone calls, each of nearly `size` bytes, with ids and times of their own."""
    tokens, mold = next(iter(_CALLS.items()))
    each = size // (len(mold.span(1, 1, 1)) + 4)
    batches = []
    for batch in range(number):
        ids = [_identity(batch * each + index + 1) for index in range(each)]
        spans = [mold.span(_trace(span), span, start) for span, start in ids]
        truth = Truth(each, 0, tokens[0] * each, tokens[1] * each)
        batches.append(Batch(request_of(spans), tuple(span for span, _ in ids), truth, each))
    return batches


class KnownTraffic:
    """Makes batches, each with ids and times of its own; any number of threads may ask for the next one."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._serial = 0
        self._next: list[Batch] = []
        self._lock = threading.Lock()

    def next(self) -> Batch:
        """Return a batch that was not handed out before."""
        with self._lock:
            if not self._next:
                kind = self._random.choice((self._calls, self._calls, self._agents, self._others))
                self._next = kind(self._random.randint(1, 2_000))
                self._random.shuffle(self._next)
            return self._next.pop()

    def left(self) -> Batch | None:
        """Return what belongs to batches that were handed out already: an agent's calls, or their agent."""
        with self._lock:
            return self._next.pop() if self._next else None

    def _calls(self, size: int) -> list[Batch]:
        """Calls that stand alone."""
        tokens = self._random.choice(list(_CALLS))
        ids = [self._id() for _ in range(size)]
        spans = [_CALLS[tokens].span(_trace(number), number, start) for number, start in ids]
        truth = Truth(size, 0, tokens[0] * size, tokens[1] * size)
        return [Batch(request_of(spans), tuple(number for number, _ in ids), truth, size)]

    def _agents(self, size: int) -> list[Batch]:
        """Agents that repeat the sum of their calls, in one batch, and these calls in another one."""
        agents = [self._id() for _ in range(1 + size // 100)]
        above = [_AGENT.span(_trace(number), number, start) for number, start in agents]
        steps, below = [], []
        for agent, begun in agents:
            for step in range(_CALLS_OF_AN_AGENT):
                number, _ = self._id()
                steps.append(number)
                below.append(_STEP.span(_trace(agent), number, begun + 2 * step * _SECOND_NS, agent))
        calls = len(steps)
        return [
            Batch(request_of(above), tuple(n for n, _ in agents), Truth(uncounted=len(agents)), len(agents)),
            Batch(request_of(below), tuple(steps), Truth(calls, 0, 500 * calls, 50 * calls), calls),
        ]

    def _others(self, size: int) -> list[Batch]:
        """Spans without usage, and one call among them."""
        ids = [self._id() for _ in range(size)]
        spans = [_OTHER.span(_trace(number), number, start) for number, start in ids]
        call, start = self._id()
        spans.append(_CALLS[100, 20].span(_trace(call), call, start))
        return [Batch(request_of(spans), (call,), Truth(1, 0, 100, 20), size + 1)]

    def _id(self) -> tuple[int, int]:
        self._serial += 1
        return _identity(self._serial)


def _identity(serial: int) -> tuple[int, int]:
    """Return a span id that looks random and is unique, and a start (ns); both follow from a number."""
    return serial * 0x9E3779B97F4A7C15 % 2**64, NOON_NS + serial * 1_000_000


def _trace(span_id: int) -> int:
    """Return the id of the trace that a span roots."""
    return span_id << 64 | span_id ^ 0xFFFF_FFFF
