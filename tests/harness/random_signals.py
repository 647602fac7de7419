"""Random sessions whose calls are on log records, spans and metrics, and what they truly used (C5, C6).

Calls of one service follow each other at a distance, so that the time of every record tells which call it
is of even where no id does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from harness.captures import Request
from harness.otlp import NOON_NS
from harness.otlp_points import CUMULATIVE, DELTA, PointSpec, point_bytes
from harness.reported_failures import genai, log, span
from harness.true_calls import Counts
from tokenlake_collector.signals import Signal

_MINUTE_S, _SECOND_NS = 60, 1_000_000_000
_MODELS = ("claude-sonnet-4-5", "claude-haiku-4-5")
_CLAUDE_CODE = {"service.name": "claude-code"}
_APP = {"service.name": "app"}
_DETAILS = {"event.name": "gen_ai.client.inference.operation.details"}
_TYPES = {"input": "uncached", "output": "output", "cacheRead": "read", "cacheCreation": "written"}


@dataclass(frozen=True, slots=True)
class SignalCase:
    """Requests of all signals, each with one record or the points of one minute, and the tokens used."""

    requests: Sequence[Request]
    truth: Counts


@st.composite
def random_signals(draw: st.DrawFn) -> SignalCase:
    """Return one or two sessions of Claude Code, and an application under the conventions."""
    sessions = _Sessions(draw)
    for number in range(draw(st.integers(1, 2))):
        sessions.claude_code(f"session-{number}")
    sessions.application()
    return SignalCase(sessions.requests, sessions.truth)


class _Sessions:
    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.requests: list[Request] = []
        self.truth = Counts()
        self._number = 0

    def claude_code(self, session: str) -> None:
        """Up to three minutes, each with records, with points of the metric, or with both.

        Points count only for the minutes without records: the log and the span know more (C5).
        """
        if self._draw(st.booleans()):
            self._cumulative(session)
            return
        for minute in range(self._draw(st.integers(1, 3))):
            kind = self._draw(st.sampled_from(["records", "points", "both"]))
            used: dict[str, Counts] = {}
            for place in range(self._draw(st.integers(1, 2))):
                model, counts = self._draw(st.sampled_from(_MODELS)), self._counts()
                used[model] = used.get(model, Counts()) + counts
                if kind != "points":
                    self._records(session, model, counts, _MINUTE_S * minute + 10 + 20 * place)
            if kind != "records":
                for model, counts in used.items():
                    self.requests.append(_points(session, model, counts, DELTA, minute, minute + 1))

    def _cumulative(self, session: str) -> None:
        """Points alone, running totals since one start: the last of them is the truth (C6)."""
        total, counts = Counts(), [self._counts() for _ in range(self._draw(st.integers(1, 3)))]
        for minute, added in enumerate(counts):
            total += added
            self.requests.append(_points(session, _MODELS[0], total, CUMULATIVE, 0, minute + 1))

    def application(self) -> None:
        """Calls with a span, a details event or both; an event of a counted span adds nothing (C5)."""
        for place in range(self._draw(st.integers(0, 3))):
            counts = self._plain_counts()
            attributes = genai(
                "chat", (counts.input, counts.output), provider__name="openai", request__model="gpt-5"
            )
            kind = self._draw(st.sampled_from(["span", "event", "both"]))
            start, number = 20 * place, self._next()
            if kind != "event":
                self.requests.append(
                    span(number, 0, attributes, start=start, end=start + 5, resource=_APP, trace_id=number)
                )
            if kind != "span":
                ids: dict[str, Any] = {
                    "trace_id": number.to_bytes(16, "big"),
                    "span_id": number.to_bytes(8, "big"),
                }
                self.requests.append(log(attributes | _DETAILS, at=start + 5, resource=_APP, **ids))

    def _records(self, session: str, model: str, counts: Counts, start: int) -> None:
        """A log record, a span or both for one call; with the request's id or without (third parties)."""
        kinds = self._draw(st.sampled_from([("log",), ("span",), ("log", "span")]))
        request_id = f"req_{self._next():020d}" if self._draw(st.booleans()) else ""
        self.requests += [_RECORDS[kind](session, model, counts, start, request_id) for kind in kinds]

    def _counts(self) -> Counts:
        """Return the counts of a call that was made, unlike those of any other."""
        number = self._next()
        counts = Counts(1000 * number + 3, 1000 * number + 500, 100 * self._draw(st.integers(0, 5)), 7)
        self.truth += counts
        return counts

    def _plain_counts(self) -> Counts:
        number = self._next()
        counts = Counts(1000 * number + 3, 1000 * number + 500)
        self.truth += counts
        return counts

    def _next(self) -> int:
        self._number += 1
        return self._number


def _log(session: str, model: str, counts: Counts, start: int, request_id: str) -> Request:
    texts = {key: str(value) for key, value in _told(session, counts).items()}
    identity = {"request_id": request_id} if request_id else {}
    return log(
        texts | identity | {"event.name": "api_request", "model": model, "duration_ms": "5000"},
        "claude_code.api_request",
        at=start + 5,
        scope="com.anthropic.claude_code.events",
        resource=_CLAUDE_CODE,
    )


def _span(session: str, model: str, counts: Counts, start: int, request_id: str) -> Request:
    identity = {"gen_ai.response.id": request_id} if request_id else {}
    return span(
        counts.input,
        0,
        _told(session, counts) | identity | {"gen_ai.request.model": model},
        start=start,
        end=start + 5,
        name="claude_code.llm_request",
        scope="com.anthropic.claude_code.tracing",
        resource=_CLAUDE_CODE,
        trace_id=counts.input,
    )


def _told(session: str, counts: Counts) -> dict[str, Any]:
    return {
        "session.id": session,
        "input_tokens": counts.uncached,
        "output_tokens": counts.output,
        "cache_read_tokens": counts.read,
        "cache_creation_tokens": counts.written,
    }


def _points(session: str, model: str, counts: Counts, temporality: int, first: int, last: int) -> Request:
    """Return the points of one model from one minute to another."""
    points = [
        PointSpec(
            "claude_code.token.usage",
            getattr(counts, quantity),
            {"session.id": session, "model": model, "type": kind},
            temporality=temporality,
            start_ns=NOON_NS + first * _MINUTE_S * _SECOND_NS,
            end_ns=NOON_NS + last * _MINUTE_S * _SECOND_NS,
        )
        for kind, quantity in _TYPES.items()
    ]
    payload = point_bytes(*points, scope="com.anthropic.claude_code", resource=_CLAUDE_CODE)
    return Request(Signal.METRICS, payload)


_RECORDS = {"log": _log, "span": _span}


def claude_code_call() -> list[Request]:
    """Return a log record, a span and the minute's points of one call without a request id."""
    call = ("session", _MODELS[0], Counts(1003, 1500, 200, 7))
    return [_log(*call, 10, ""), _span(*call, 10, ""), _points(*call, DELTA, 0, 1)]
