"""What tracking costs an agent, a span or a call, as ratios to the SDK's own spans in the same run.

    make bench-exporter

Every span goes through the SDK's batch processor to an exporter that throws it away. The ways take turns,
each round in another order, and the queue is emptied between them, outside the clock. That is the CPU time of
the calling thread: nothing here waits, and other work on the machine must not count.
"""

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind
from opentelemetry.util.types import AttributeValue

from tokenlake import (
    TokenTrackingContext,
    init_token_tracking,
    record_usage,
    reset_tracking_context,
    set_tracking_context,
    tracking_context,
)

ROUNDS = 100
# Below the 512 at which the batch processor's thread would wake up inside the clock.
CALLS = 400
TARGETS = "targets: + processor at most 1.20, record_usage at most 1.50 times a span with the same attributes"

Attributes = Mapping[str, AttributeValue]

CONTEXT: Final = TokenTrackingContext(session_id="session-123", user_id="user-456", channel="telegram")
STAMPED: Final[Attributes] = {
    "gen_ai.conversation.id": "session-123",
    "user.id": "user-456",
    "tokenlake.channel": "telegram",
}
RECORDED: Final[Attributes] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "gpt-5",
    "tokenlake.endpoint.name": "openai",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 500,
}
# A chat as OpenTelemetry's instrumentation of the openai package describes it: what is asked at the start of
# the span, what is answered one by one.
ASKED: Final[Attributes] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-5",
    "gen_ai.request.max_tokens": 1000,
    "gen_ai.request.temperature": 0.5,
    "server.address": "api.openai.com",
    "server.port": 443,
}
ANSWERED: Final[Attributes] = {
    "gen_ai.response.model": "gpt-5-2025-08-07",
    "gen_ai.response.finish_reasons": ("stop",),
    "gen_ai.response.id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 500,
}
ANSWER: Final = {
    "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
    "object": "chat.completion",
    "model": "gpt-5-2025-08-07",
    "usage": {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500},
}


@dataclass(frozen=True, slots=True)
class Way:
    """Something that an agent does, the context set meanwhile, and the way that it is compared with."""

    work: Callable[[], object]
    context: TokenTrackingContext | None = None
    base: str = ""


class Discard(SpanExporter):
    """Throws away what it is given."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002  # the SDK's signature
        """Succeed at once."""
        return SpanExportResult.SUCCESS


def discarding() -> TracerProvider:
    """Return a provider whose spans are batched and thrown away."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(Discard()))
    return provider


def chat(provider: TracerProvider, asked: Attributes) -> Callable[[], None]:
    """Return what an instrumentation does around one chat."""
    tracer = provider.get_tracer("bench")

    def emit() -> None:
        with tracer.start_as_current_span("chat gpt-5", kind=SpanKind.CLIENT, attributes=asked) as span:
            for key, value in ANSWERED.items():
                span.set_attribute(key, value)

    return emit


def bare_span(provider: TracerProvider, attributes: Attributes) -> Callable[[], None]:
    """Return what starts and ends one client span."""
    tracer = provider.get_tracer("bench")
    return lambda: tracer.start_span("chat gpt-5", kind=SpanKind.CLIENT, attributes=attributes).end()


def record() -> None:
    """Report a call by its counts."""
    record_usage(model="gpt-5", endpoint_name="openai", input_tokens=1000, output_tokens=500)


def record_answer() -> None:
    """Report a call by the provider's answer."""
    record_usage(ANSWER)


def set_and_reset() -> None:
    """Set a context and take it back."""
    reset_tracking_context(set_tracking_context(CONTEXT))


def scope() -> None:
    """Enter and leave a scope, whose context is made on the way."""
    with tracking_context(session_id="session-123", user_id="user-456", channel="telegram"):
        pass


def ways(alone: TracerProvider, tracked: TracerProvider) -> dict[str, Way]:
    """Return what is measured."""
    plain, same, recorded = "SDK alone", "SDK alone, + 3 attributes", "SDK alone, record_usage's attributes"
    return {
        plain: Way(chat(alone, ASKED)),
        same: Way(chat(alone, {**ASKED, **STAMPED})),
        "SDK + processor, 3 from the context": Way(chat(tracked, ASKED), CONTEXT, same),
        "SDK + processor, no context": Way(chat(tracked, ASKED), None, plain),
        recorded: Way(bare_span(alone, {**RECORDED, **STAMPED})),
        "record_usage": Way(record, CONTEXT, recorded),
        "record_usage(response)": Way(record_answer, CONTEXT, recorded),
        "set and reset a context": Way(set_and_reset),
        "with tracking_context": Way(scope),
    }


def microseconds(way: Way) -> float:
    """Return the time of one among many."""
    token = set_tracking_context(way.context or TokenTrackingContext())
    if way.context is None:
        reset_tracking_context(token)
    begun = time.thread_time()
    for _ in range(CALLS):
        way.work()
    ended = time.thread_time()
    if way.context is not None:
        reset_tracking_context(token)
    return (ended - begun) / CALLS * 1e6


def measured(ways: Mapping[str, Way], flush: Callable[[], object]) -> dict[str, float]:
    """Return the median of each way, in microseconds."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    gc.disable()  # as timeit does: its passes would fall on whoever is running
    for turn in range(ROUNDS):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            times[name].append(microseconds(ways[name]))
            flush()
        gc.collect()
    return {name: statistics.median(found) for name, found in times.items()}


def main() -> None:
    """Measure all ways in turns and print medians and ratios."""
    alone, tracked = discarding(), discarding()
    init_token_tracking(tracer_provider=tracked)
    record_answer()  # loads genai-prices, once in the life of a process
    compared = ways(alone, tracked)
    medians = measured(compared, lambda: (alone.force_flush(), tracked.force_flush()))
    for name, median in medians.items():
        base = compared[name].base
        ratio = f"{median / medians[base]:8.2f} of {base!r}" if base else ""
        print(f"{name:40}{median:8.2f} µs{ratio}")
    print(TARGETS)


if __name__ == "__main__":
    main()
