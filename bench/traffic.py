"""Requests for load: realistic spans whose ids and times are written anew into the bytes for every send."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span

Bytes = npt.NDArray[np.uint8]

_OTHERS = 4
"""Spans without usage around each model call in mixed traffic: 80 %."""

_MODELS = ("gpt-5-2025-08-07", "gpt-5-mini-2025-08-07", "claude-sonnet-4-5-20250929", "gemini-2.5-flash")
_DIGITS = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Template:
    """A request, and where its trace ids, span ids, times and response ids stand: one row per span or call.

    `parents` are span ids too: each names the span before it.
    """

    body: Bytes
    traces: npt.NDArray[np.int64]
    spans: npt.NDArray[np.int64]
    parents: npt.NDArray[np.int64]
    times: npt.NDArray[np.int64]
    responses: npt.NDArray[np.int64]
    number: int
    calls: int

    def filled(self, first: int, now_ns: int) -> bytes:
        """Return the request with ids that follow from `first`, at a time in nanoseconds."""
        body = self.body.copy()
        serial = first + np.arange(self.number, dtype=np.uint64)
        trace = serial - serial % np.uint64(self.number // self.calls)
        body[self.traces] = np.hstack([_big(_mixed(trace)), _big(_mixed(trace + np.uint64(1 << 62)))])
        body[self.spans] = _big(_mixed(serial))
        if len(self.parents):
            body[self.parents] = _big(_mixed(serial[: len(self.parents)]))
        begun = now_ns + (serial - serial[0]).astype(np.int64) * 1000
        body[self.times] = np.hstack([_little(begun), _little(begun + 900_000_000)])
        nibbles = _big(_mixed(serial[: self.calls] + np.uint64(1 << 61)))
        body[self.responses] = _DIGITS[np.stack([nibbles >> 4, nibbles & 15], axis=2).reshape(self.calls, 16)]
        return body.tobytes()


def template(seed: int, spans: int, *, mixed: bool) -> Template:
    """Build a template of `spans` spans, one service with seven resource attributes."""
    dice = np.random.default_rng(seed)
    message = ExportTraceServiceRequest()
    resource = message.resource_spans.add()
    for key, value in _resource(seed).items():
        resource.resource.attributes.add(key=key).value.string_value = value
    scope = resource.scope_spans.add()
    scope.scope.name = "opentelemetry.instrumentation.openai_v2"
    together = _OTHERS + 1 if mixed else 1
    calls = spans // together
    for _ in range(calls):
        for _ in range(together - 1):
            _add_other(scope, dice)
        _add_call(scope, dice)
    return _located(message, calls * together, calls)


def requests(seed: int, spans: int, *, mixed: bool) -> Iterator[Template]:
    """Yield templates for ever, a few in turn."""
    templates = [template(seed + number, spans, mixed=mixed) for number in range(4)]
    while True:
        yield from templates


def compressed(body: bytes) -> bytes:
    """Return a body as senders compress it."""
    return gzip.compress(body, 6)


def as_json(body: bytes) -> dict[str, object]:
    """Return a request as OTLP/JSON: ids in hex, numbers as protobuf's JSON has them."""
    message = ExportTraceServiceRequest.FromString(body)
    document: dict[str, object] = MessageToDict(message, use_integers_for_enums=True)
    for resource, sent in zip(document["resourceSpans"], message.resource_spans, strict=True):  # type: ignore[call-overload]
        for scope, spans in zip(resource["scopeSpans"], sent.scope_spans, strict=True):
            for span, origin in zip(scope["spans"], spans.spans, strict=True):
                span["traceId"], span["spanId"] = origin.trace_id.hex(), origin.span_id.hex()
                if origin.parent_span_id:
                    span["parentSpanId"] = origin.parent_span_id.hex()
    return document


def _resource(seed: int) -> dict[str, str]:
    return {
        "service.name": f"agent-{seed % 7}",
        "service.version": "1.4.2",
        "service.instance.id": f"pod-{seed:08x}",
        "deployment.environment.name": "production",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": "1.45.1",
    }


def _add_call(scope: ScopeSpans, dice: np.random.Generator) -> None:
    """Add a model call with 17 attributes."""
    model = _MODELS[dice.integers(len(_MODELS))]
    tokens = int(dice.lognormal(7.5, 1.2)) + 1
    attributes: dict[str, str | int | float] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": model.rpartition("-20")[0] or model,
        "gen_ai.response.model": model,
        "gen_ai.response.id": "chatcmpl-" + "R" * 16,
        "gen_ai.conversation.id": f"{dice.integers(1 << 40):016x}",
        "user.id": f"user-{dice.integers(5000)}",
        "tokenlake.channel": ("web", "telegram", "slack")[dice.integers(3)],
        "gen_ai.agent.name": ("researcher", "writer", "critic")[dice.integers(3)],
        "gen_ai.usage.input_tokens": tokens,
        "gen_ai.usage.output_tokens": int(dice.lognormal(5, 1)) + 1,
        "gen_ai.usage.cache_read.input_tokens": int(tokens * dice.random()),
        "gen_ai.response.finish_reasons": "stop",
        "gen_ai.request.max_tokens": 4096,
        "gen_ai.request.temperature": 0.7,
        "server.address": "api.openai.com",
        "server.port": 443,
    }
    _add(scope, f"chat {model}", attributes)


def _add_other(scope: ScopeSpans, dice: np.random.Generator) -> None:
    """Add a span of another kind: a request to a database or a service."""
    attributes: dict[str, str | int | float] = {
        "http.request.method": "POST",
        "url.full": f"http://tools.internal/search?page={dice.integers(1000)}",
        "http.response.status_code": 200,
        "server.address": "tools.internal",
        "server.port": 8080,
        "network.protocol.version": "1.1",
        "thread.id": int(dice.integers(64)),
        "thread.name": f"worker-{dice.integers(64)}",
    }
    _add(scope, "POST", attributes)


def _add(scope: ScopeSpans, name: str, attributes: dict[str, str | int | float]) -> None:
    number = len(scope.spans)
    span = scope.spans.add(name=name, kind=Span.SPAN_KIND_CLIENT)
    span.trace_id, span.span_id = _mark(b"T", number) * 2, _mark(b"S", number)
    if name == "POST" and number % (_OTHERS + 1):
        span.parent_span_id = _mark(b"P", number)
    span.start_time_unix_nano = int.from_bytes(_mark(b"B", number), "little")
    span.end_time_unix_nano = int.from_bytes(_mark(b"E", number), "little")
    for key, value in attributes.items():
        pair = span.attributes.add(key=key).value
        if isinstance(value, str):
            pair.string_value = value
        elif isinstance(value, int):
            pair.int_value = value
        else:
            pair.double_value = value


def _mark(letter: bytes, number: int) -> bytes:
    """Return eight bytes that stand nowhere else."""
    return b"\xfe" + letter + b"\xfd" + number.to_bytes(4, "big") + b"\xfc"


def _located(message: ExportTraceServiceRequest, spans: int, calls: int) -> Template:
    body = message.SerializeToString()
    trace, span, begin, end = (_places(body, letter, spans) for letter in (b"T", b"S", b"B", b"E"))
    parents = [place for number in range(spans) if (place := body.find(_mark(b"P", number))) >= 0]
    responses = np.array(_all(body, b"chatcmpl-" + b"R" * 16)) + len(b"chatcmpl-")
    return Template(
        body=np.frombuffer(body, dtype=np.uint8),
        traces=trace[:, None] + np.arange(16),
        spans=span[:, None] + np.arange(8),
        parents=np.array(parents, dtype=np.int64)[:, None] + np.arange(8),
        times=np.hstack([begin[:, None] + np.arange(8), end[:, None] + np.arange(8)]),
        responses=responses[:, None] + np.arange(16),
        number=spans,
        calls=calls,
    )


def _places(body: bytes, letter: bytes, spans: int) -> npt.NDArray[np.int64]:
    return np.array([body.index(_mark(letter, number)) for number in range(spans)], dtype=np.int64)


def _all(body: bytes, text: bytes) -> list[int]:
    found: list[int] = []
    place = body.find(text)
    while place >= 0:
        found.append(place)
        place = body.find(text, place + 1)
    return found


def _mixed(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spread numbers over 64 bits without collisions (splitmix64): ids are random in life."""
    z = numbers + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _big(numbers: npt.NDArray[np.uint64]) -> Bytes:
    return numbers.astype(">u8").view(np.uint8).reshape(-1, 8)


def _little(numbers: npt.NDArray[np.int64]) -> Bytes:
    return numbers.astype("<i8").view(np.uint8).reshape(-1, 8)
