"""A small agent that reports its model calls to tokenlake.

    python examples/agent.py [http://127.0.0.1:4318 | grpc://127.0.0.1:4317]

Without an argument OTEL_EXPORTER_OTLP_ENDPOINT decides, else a collector on this machine. Five calls:
7,900 input tokens (3,000 of them read from the cache, 1,000 written to it), 720 output tokens, 0.0208 USD
reported for four calls; the embedding leaves its cost to the collector.
"""

import os
import sys

from tokenlake import init_token_tracking, record_usage, shutdown_token_tracking, tracking_context

# model, input, output, cache read, cache creation, USD
STEPS = [
    ("claude-sonnet-4-5", 1_200, 150, 0, 1_000, 0.0066),
    ("claude-sonnet-4-5", 1_600, 120, 1_000, 0, 0.0039),
    ("claude-sonnet-4-5", 2_400, 250, 2_000, 0, 0.00555),
]


def target() -> str | None:
    """Return the endpoint of the command line; None leaves it to the OTEL_* variables."""
    if len(sys.argv) > 1:
        return sys.argv[1]
    return None if "OTEL_EXPORTER_OTLP_ENDPOINT" in os.environ else "http://127.0.0.1:4318"


def answer_question() -> None:
    """Pretend to answer one question: look it up, then think in three steps."""
    record_usage(
        model="text-embedding-3-small", endpoint_name="openai", operation_type="embeddings", input_tokens=500
    )
    for iteration, (model, prompt, completion, cache_read, cache_creation, cost) in enumerate(STEPS, start=1):
        record_usage(
            model=model,
            endpoint_name="anthropic",
            input_tokens=prompt,  # all of the prompt: Anthropic's input_tokens plus both cache counts
            output_tokens=completion,
            cache_read_tokens=cache_read,
            cache_creation_tokens=cache_creation,
            estimated_cost=cost,
            iteration=iteration,
        )


def main() -> None:
    """Answer one question of one user, then write a title in the background."""
    init_token_tracking(target(), service_name="example-agent")
    with tracking_context(session_id="session-123", user_id="user-456", channel="telegram"):
        with tracking_context(operation_type="chat", operation_detail="answer"):
            answer_question()
        with tracking_context(operation_type="title", endpoint_name="openai"):
            record_usage(model="gpt-5", input_tokens=2_200, output_tokens=200, estimated_cost=0.00475)
    shutdown_token_tracking()
    print("reported 5 model calls: 7900 input and 720 output tokens, 0.0208 USD")


if __name__ == "__main__":
    main()
