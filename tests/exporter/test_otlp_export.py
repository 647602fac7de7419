from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from opentelemetry import context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY
from opentelemetry.sdk.trace import TracerProvider

from harness.otlp_sink import attributes_of, grpc_sink, http_sink
from tokenlake import init_token_tracking, record_usage, shutdown_token_tracking, tracking_context


@pytest.fixture
def provider() -> Iterator[TracerProvider]:
    provider = TracerProvider(shutdown_on_exit=False)
    yield provider
    shutdown_token_tracking()
    provider.shutdown()


def report_one_call() -> None:
    with tracking_context(session_id="s-1", iteration=2):
        record_usage(model="gpt-5", input_tokens=1000, output_tokens=500, estimated_cost=0.0045)
    shutdown_token_tracking()


def reported() -> dict[str, str | int | float]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.conversation.id": "s-1",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 500,
        "tokenlake.estimated_cost": 0.0045,
        "tokenlake.iteration": 2,
    }


def test_http_export_arrives_as_it_was_recorded(provider: TracerProvider) -> None:
    """One POST of protobuf to /v1/traces carries the call and the given headers."""
    with http_sink() as sink:
        init_token_tracking(f"http://{sink.address}", headers={"X-Tenant": "acme"}, tracer_provider=provider)
        report_one_call()

        [delivery] = sink.deliveries

        [call] = sink.spans
        path, headers = "/v1/traces", {"content-type": "application/x-protobuf", "x-tenant": "acme"}

        assert path == delivery.path
        assert headers == {name: delivery.headers[name] for name in headers}
        assert reported() == attributes_of(call)


def test_grpc_export_arrives_as_it_was_recorded(provider: TracerProvider) -> None:
    """One insecure Export call carries the call and the given headers, in lower case."""
    with grpc_sink() as sink:
        init_token_tracking(f"grpc://{sink.address}", headers={"X-Tenant": "acme"}, tracer_provider=provider)
        report_one_call()

        [delivery] = sink.deliveries

        [call] = sink.spans
        tenant = "acme"

        assert tenant == delivery.headers["x-tenant"]
        assert reported() == attributes_of(call)


def test_our_export_makes_no_spans_of_its_own(
    provider: TracerProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An HTTP instrumentation that heeds the SDK's suppression sees our requests and traces none."""
    seen: list[bool] = []
    send = HTTPConnection.putrequest

    def traced(self: HTTPConnection, *args: object, **kwargs: object) -> None:
        suppressed = bool(context.get_value(_SUPPRESS_INSTRUMENTATION_KEY))
        seen.append(suppressed)
        if not suppressed:
            provider.get_tracer("http").start_span("POST").end()
        send(self, *args, **kwargs)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(HTTPConnection, "putrequest", traced)
    with http_sink() as sink:
        init_token_tracking(f"http://{sink.address}", tracer_provider=provider)
        report_one_call()

        expected = ([True], ["chat gpt-5"])

        assert expected == (seen, sink.names)
