"""A program that has never heard of tokenlake: plain OpenTelemetry, whose model call is counted all the same.

    OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 python examples/plain_otel.py

One call: 1,000 input tokens (400 of them read from the cache) and 500 output tokens.
"""

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def main() -> None:
    """Make one span with the attributes of the GenAI conventions."""
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)

    tracer = trace.get_tracer("plain-otel-example")
    with tracer.start_as_current_span("chat gpt-5", kind=trace.SpanKind.CLIENT) as span:
        span.set_attribute("gen_ai.operation.name", "chat")
        span.set_attribute("gen_ai.provider.name", "openai")
        span.set_attribute("gen_ai.request.model", "gpt-5")
        span.set_attribute("gen_ai.response.model", "gpt-5-2025-08-07")
        span.set_attribute("gen_ai.usage.input_tokens", 1_000)
        span.set_attribute("gen_ai.usage.cache_read.input_tokens", 400)
        span.set_attribute("gen_ai.usage.output_tokens", 500)
        span.set_attribute("gen_ai.conversation.id", "session-789")
        span.set_attribute("user.id", "user-456")

    provider.shutdown()
    print("exported 1 model call: 1000 input and 500 output tokens")


if __name__ == "__main__":
    main()
