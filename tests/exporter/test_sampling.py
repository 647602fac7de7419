from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, Sampler, TraceIdRatioBased

from harness.otlp_sink import http_sink
from harness.python_process import succeed
from tokenlake import RecordingSampler, init_token_tracking, record_usage, shutdown_token_tracking
from tokenlake.lifetime.sampling import is_model_call, ratio_sampler

TRACES = 1000
SAMPLED = 10  # one in a hundred


class EvenIds(RandomIdGenerator):
    """A thousand trace ids at equal distances, so that a ratio of 1 % samples exactly ten of them."""

    def __init__(self) -> None:
        self._next = 0

    def generate_trace_id(self) -> int:
        self._next += 1
        middle = 2 * ((self._next - 1) % TRACES) + 1
        return (1 << 64) + middle * 2**64 // (2 * TRACES)


def sampled_provider(sampler: Sampler) -> tuple[TracerProvider, InMemorySpanExporter]:
    """Return an application's provider and what its exporter got."""
    provider = TracerProvider(sampler=sampler, id_generator=EvenIds(), shutdown_on_exit=False)
    finished = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(finished))
    return provider, finished


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    yield
    shutdown_token_tracking()


def test_a_target_gets_every_recorded_call_and_the_application_its_one_percent() -> None:
    """1,000 calls: 1,000 arrive at the target, 10 at the application's own exporter."""
    provider, finished = sampled_provider(ParentBased(TraceIdRatioBased(0.01)))
    with http_sink() as sink:
        init_token_tracking(f"http://{sink.address}", tracer_provider=provider)
        for _ in range(TRACES):
            record_usage(model="m", input_tokens=1)
        shutdown_token_tracking()

        assert (TRACES, SAMPLED) == (len(sink.spans), len(finished.get_finished_spans()))


def test_without_a_target_the_applications_exporter_gets_every_recorded_call() -> None:
    """Nobody else could carry them: all 1,000 are sampled."""
    provider, finished = sampled_provider(TraceIdRatioBased(0.01))
    init_token_tracking(tracer_provider=provider)
    for _ in range(TRACES):
        record_usage(model="m", input_tokens=1)

    assert TRACES == len(finished.get_finished_spans())


def test_switching_from_no_target_to_a_target_leaves_the_application_its_one_percent() -> None:
    """After the second init the application's exporter gets only sampled calls again."""
    provider, finished = sampled_provider(TraceIdRatioBased(0.01))
    with http_sink() as sink:
        init_token_tracking(tracer_provider=provider)
        init_token_tracking(f"http://{sink.address}", tracer_provider=provider)
        for _ in range(TRACES):
            record_usage(model="m", input_tokens=1)
        shutdown_token_tracking()

        assert (TRACES, SAMPLED) == (len(sink.spans), len(finished.get_finished_spans()))


def test_a_call_inside_a_dropped_span_stays_in_its_trace() -> None:
    """Trace id and parent are those of the span that was not sampled, which itself is not exported."""
    provider, _ = sampled_provider(ParentBased(ALWAYS_OFF))
    with http_sink() as sink:
        init_token_tracking(f"http://{sink.address}", tracer_provider=provider)
        with provider.get_tracer("application").start_as_current_span("step") as step:
            record_usage(model="m", input_tokens=1)
        shutdown_token_tracking()
        (span,) = sink.spans
        parent = step.get_span_context()

        expected = (parent.trace_id, parent.span_id)

        assert expected == (int.from_bytes(span.trace_id), int.from_bytes(span.parent_span_id))


def test_what_a_call_starts_is_not_sampled_because_of_it() -> None:
    """The trace flags that a child would send to a provider are still those of the sampler."""
    provider, _ = sampled_provider(RecordingSampler(ParentBased(ALWAYS_OFF)))
    init_token_tracking("http://127.0.0.1:1", tracer_provider=provider)
    with provider.get_tracer("instrumentation").start_as_current_span("chat"):
        assert not trace.get_current_span().get_span_context().trace_flags.sampled


def test_a_recording_sampler_finds_the_model_calls_of_other_instrumentations() -> None:
    """Of 1,000 calls whose attributes come late all arrive, of 1,000 requests 1 %."""
    provider, finished = sampled_provider(RecordingSampler(TraceIdRatioBased(0.01)))
    with http_sink() as sink:
        init_token_tracking(f"http://{sink.address}", tracer_provider=provider)
        tracer = provider.get_tracer("instrumentation")
        for name in ["GET"] * TRACES + ["chat"] * TRACES:
            span = tracer.start_span(name, attributes={"url.path": "/"})
            if name == "chat":
                span.set_attribute("llm.token_count.prompt", 1)
            span.end()
        shutdown_token_tracking()

        expected = (SAMPLED, TRACES, 2 * SAMPLED)

        assert expected == (
            sink.names.count("GET"),
            sink.names.count("chat"),
            len(finished.get_finished_spans()),
        )


def test_attributes_of_the_start_survive_the_root_that_drops() -> None:
    """Samplers that drop return no attributes; what was given at the start is exported all the same."""
    provider, _ = sampled_provider(RecordingSampler(ALWAYS_OFF))
    with http_sink() as sink:
        init_token_tracking(f"http://{sink.address}", tracer_provider=provider)
        given = {"gen_ai.request.model": "m"}
        provider.get_tracer("instrumentation").start_span("chat", attributes=given).end()
        shutdown_token_tracking()

        expected = ["gen_ai.request.model"]

        assert expected == [attribute.key for span in sink.spans for attribute in span.attributes]


def test_the_provider_that_we_make_counts_what_the_environments_sampler_drops() -> None:
    """With OTEL_TRACES_SAMPLER=always_off calls arrive, whoever reports them, and a request does not."""
    with http_sink() as sink:
        succeed(
            """
            from opentelemetry import trace
            from tokenlake import init_token_tracking, record_usage
            init_token_tracking()
            tracer = trace.get_tracer("instrumentation")
            for name, attributes in [("GET", {}), ("embeddings", {"gen_ai.operation.name": "embeddings"})]:
                tracer.start_span(name, attributes=attributes).end()
            record_usage(model="m", input_tokens=1)
            """,
            environ={
                "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{sink.address}",
                "OTEL_TRACES_SAMPLER": "always_off",
            },
        )

        expected = ["embeddings", "chat m"]

        assert expected == sink.names


@pytest.mark.parametrize(
    "key",
    [
        "gen_ai.usage.input_tokens",
        "gen_ai.operation.name",
        "llm.token_count.prompt",
        "openinference.span.kind",
        "traceloop.span.kind",
        "ai.usage.promptTokens",
        "mlflow.chat.tokenUsage",
        "langfuse.observation.usage_details",
    ],
)
def test_vocabularies_of_model_calls_are_known(key: str) -> None:
    """One attribute of each vocabulary is enough."""
    assert is_model_call({"url.path": "/", key: 1})


def test_a_stamped_context_makes_no_model_call() -> None:
    """Every span inside a context has these, and stays what it was."""
    assert not is_model_call({"gen_ai.conversation.id": "s", "user.id": "u", "tokenlake.channel": "web"})


@pytest.mark.parametrize(
    ("ratio", "expected"), [("0.01", "TraceIdRatioBased{0.01}"), ("", "TraceIdRatioBased{1.0}")]
)
def test_the_environments_ratio_is_the_roots(ratio: str, expected: str) -> None:
    """OTEL_TRACES_SAMPLER_ARG is the root's ratio; where it is no number, all is sampled as the SDK does."""
    assert expected in ratio_sampler(ratio).get_description()
