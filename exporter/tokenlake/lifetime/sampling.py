"""What a head sampler drops is counted all the same."""

from collections.abc import Mapping, Sequence
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, Tracer
from opentelemetry.sdk.trace.sampling import Decision, ParentBasedTraceIdRatio, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags, TraceState
from opentelemetry.util.types import Attributes, AttributeValue

from tokenlake import attributes as keys
from tokenlake.lifetime.closing import shut_down

# The vocabularies in which instrumentations write about model calls: the conventions, OpenInference,
# Traceloop, the Vercel SDK, and the products with one of their own.
_MODEL_CALL_PREFIXES: Final = (
    "ai.",
    "anthropic.",
    "gcp.vertex.",
    "gen_ai.",
    "genkit:",
    "langfuse.",
    "langsmith.",
    "llm.",
    "mlflow.",
    "openai.",
    "openinference.",
    "tfy.",
    "traceloop.",
)


class RecordingSampler(Sampler):
    """Samples what its root samples, and records the rest without sampling it.

    Exporters of the application skip what is not sampled, so for them nothing changes. The exporter of
    `init_token_tracking(target)` picks the model calls out when they end: only then do all instrumentations
    say what a span was. Recording costs what a sampled span costs before its export, about 20 µs.

    Args:
        root: the sampler that decides for everybody else.
        instead_of_drop: the decision where the root drops.
    """

    def __init__(self, root: Sampler, instead_of_drop: Decision = Decision.RECORD_ONLY) -> None:
        self.root = root
        self._instead_of_drop = instead_of_drop

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Return the root's result, its decision raised where that was to drop."""
        result = self.root.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)
        if result.decision is not Decision.DROP:
            return result
        # Samplers that drop return no attributes (and so does the SDK's AlwaysRecordSampler).
        return SamplingResult(self._instead_of_drop, attributes, result.trace_state)

    def get_description(self) -> str:
        """Return a name that shows the root."""
        return f"RecordingSampler{{{self.root.get_description()}}}"


class UsageOfUnsampled(SpanProcessor):
    """Hands on all sampled spans, and of those that are only recorded the model calls, marked as sampled."""

    def __init__(self, delivery: SpanProcessor) -> None:
        self._delivery = delivery

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Hand on the start of a span."""
        self._delivery.on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        """Hand on the end of a span that is sampled or a model call."""
        context = span.context
        if context is None or context.trace_flags.sampled:
            self._delivery.on_end(span)
        elif is_model_call(span.attributes or {}):
            self._delivery.on_end(_as_sampled(span, context))

    def shutdown(self, timeout_millis: int = 10_000) -> None:
        """Shut the delivery down within this time."""
        shut_down((self._delivery,), timeout_millis / 1000)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the delivery and say whether all was sent."""
        return self._delivery.force_flush(timeout_millis)


def is_model_call(attributes: Mapping[str, AttributeValue]) -> bool:
    """Tell whether attributes speak of a model call; the stamped context alone does not."""
    return any(key.startswith(_MODEL_CALL_PREFIXES) and key != keys.CONVERSATION_ID for key in attributes)


def unsampled_by(tracer: trace.Tracer, decision: Decision) -> trace.Tracer:
    """Give a tracer that is ours alone this decision where its provider's sampler drops, and return it.

    Tracers of other classes than the SDK's are returned as they are.
    """
    if isinstance(tracer, Tracer):
        root = tracer.sampler
        tracer.sampler = RecordingSampler(root.root if isinstance(root, RecordingSampler) else root, decision)
    return tracer


def ratio_sampler(ratio: str | None) -> RecordingSampler:
    """Return what OTEL_TRACES_SAMPLER=tokenlake_traceidratio means.

    Args:
        ratio: OTEL_TRACES_SAMPLER_ARG, the sampled share of all traces; no number is 1.0, as for the SDK.
    """
    try:
        return RecordingSampler(ParentBasedTraceIdRatio(float(ratio or "")))
    except ValueError:
        return RecordingSampler(ParentBasedTraceIdRatio(1.0))


def _as_sampled(span: ReadableSpan, context: SpanContext) -> ReadableSpan:
    # Batch processors look at the flag. A copy: the same span may be on its way to other processors.
    sampled = SpanContext(
        context.trace_id,
        context.span_id,
        context.is_remote,
        TraceFlags(context.trace_flags | TraceFlags.SAMPLED),
        context.trace_state,
    )
    return ReadableSpan(
        name=span.name,
        context=sampled,
        parent=span.parent,
        resource=span.resource,
        attributes=span.attributes,
        events=span.events,
        links=span.links,
        kind=span.kind,
        status=span.status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
