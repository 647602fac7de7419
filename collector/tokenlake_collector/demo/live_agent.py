"""A small agent that reports its calls through the exporter package, as a user's would."""

from __future__ import annotations

from tokenlake import init_token_tracking, record_usage, shutdown_token_tracking, tracking_context

CALLS = (
    ("claude-sonnet-4-5", "anthropic", 1200, 300, 0.0081),
    ("claude-sonnet-4-5", "anthropic", 1900, 420, 0.0120),
    ("gpt-5", "openai", 800, 150, 0.0025),
)
"""Model, endpoint, input tokens, output tokens, cost in USD."""


def run_agent(target: str) -> tuple[int, int]:
    """Make the calls in one session and return the input and output tokens that they used."""
    init_token_tracking(target, service_name="demo-agent")
    with tracking_context(session_id="demo-session", user_id="demo-user", channel="terminal"):
        for iteration, (model, endpoint, input_tokens, output_tokens, cost) in enumerate(CALLS, start=1):
            record_usage(
                model=model,
                endpoint_name=endpoint,
                input_tokens=input_tokens,
                output_tokens=output_tokens,
                estimated_cost=cost,
                iteration=iteration,
            )
    shutdown_token_tracking()
    return sum(call[2] for call in CALLS), sum(call[3] for call in CALLS)
