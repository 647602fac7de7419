from pathlib import Path

from harness.otlp_sink import attributes_of, grpc_sink, http_sink
from harness.python_process import succeed

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_example_agent_reports_its_known_totals() -> None:
    """Five calls of one user: 500 + 1,200 + 1,600 + 2,400 + 2,200 input tokens and 0.0208 USD."""
    with http_sink() as sink:
        succeed(EXAMPLES / "agent.py", f"http://{sink.address}")

        calls = [attributes_of(span) for span in sink.spans]

        def total(key: str) -> float:
            return sum(float(call.get(key, 0)) for call in calls)

        expected = {
            "gen_ai.usage.input_tokens": 7900,
            "gen_ai.usage.output_tokens": 720,
            "gen_ai.usage.cache_read.input_tokens": 3000,
            "gen_ai.usage.cache_creation.input_tokens": 1000,
            "tokenlake.estimated_cost": 0.0208,
        }

        assert expected == {key: round(total(key), 9) for key in expected}


def test_the_example_agent_says_who_its_calls_are_for() -> None:
    """Every call carries the user and the channel; one of the five is an embedding."""
    with http_sink() as sink:
        succeed(EXAMPLES / "agent.py", f"http://{sink.address}")

        keys = ("gen_ai.operation.name", "user.id", "tokenlake.channel")
        calls = [tuple(attributes_of(span)[key] for key in keys) for span in sink.spans]
        expected = [("embeddings", "user-456", "telegram"), *[("chat", "user-456", "telegram")] * 4]

        assert expected == calls


def test_the_example_agent_follows_the_environment_without_an_argument() -> None:
    """OTEL_EXPORTER_OTLP_ENDPOINT and the protocol of the environment decide."""
    with grpc_sink() as sink:
        succeed(
            EXAMPLES / "agent.py",
            environ={
                "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{sink.address}",
                "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            },
        )

        expected = 5

        assert expected == len(sink.spans)


def test_the_plain_example_exports_one_standard_call() -> None:
    """A program without tokenlake sends the conventions' attributes to the endpoint of the environment."""
    with http_sink() as sink:
        succeed(EXAMPLES / "plain_otel.py", environ={"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{sink.address}"})

        [call] = [attributes_of(span) for span in sink.spans]

        expected = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-5",
            "gen_ai.response.model": "gpt-5-2025-08-07",
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.cache_read.input_tokens": 400,
            "gen_ai.usage.output_tokens": 500,
            "gen_ai.conversation.id": "session-789",
            "user.id": "user-456",
        }

        assert expected == call
