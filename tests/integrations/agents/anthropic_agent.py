"""An agent on Anthropic's SDK.

    python anthropic_agent.py COLLECTOR PROVIDER [openllmetry]

The SDK has spans of its own since 1.14, and makes them wherever there is a tracer provider: with
`openllmetry` every call is reported twice.
"""

# mypy: ignore-errors
# The packages are in an environment of their own, where no type checker looks.

import contextlib
import sys

from anthropic import Anthropic, BadRequestError
from opentelemetry import trace
from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor

from tokenlake import init_token_tracking, tracking_context

CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOLS = [{"name": "weather", "input_schema": CITY}]
MESSAGES = [{"role": "user", "content": "How is the weather in Paris?"}]


def chat(client: Anthropic) -> None:
    """Ask once, as events, as the SDK's stream, and once for a model that there is not."""
    request = {"max_tokens": 1_000, "messages": MESSAGES}
    client.messages.create(model="claude-opus-5-5", **request)
    for _ in client.messages.create(model="claude-haiku-4-5", stream=True, **request):
        pass
    with client.messages.stream(model="claude-haiku-4-5", **request) as stream:
        stream.get_final_message()
    with contextlib.suppress(BadRequestError):
        client.messages.create(model="no-such-model", **request)


def use_a_tool(client: Anthropic) -> None:
    """Let the model call a tool, and tell it the result."""
    request = {"model": "claude-opus-5-5", "max_tokens": 1_000, "tools": TOOLS}
    asked = client.messages.create(messages=MESSAGES, **request)
    call = asked.content[0]
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "sunny"}
    said = {"role": "assistant", "content": [call.model_dump(exclude_none=True)]}
    client.messages.create(messages=[*MESSAGES, said, {"role": "user", "content": [result]}], **request)


def main() -> None:
    """Serve two users of two channels."""
    collector, provider, *instrumentations = sys.argv[1:]
    init_token_tracking(collector)
    if instrumentations == ["openllmetry"]:
        AnthropicInstrumentor().instrument()
    for user, channel in (("alice", "telegram"), ("bob", "web")):
        client = Anthropic(api_key=user, base_url=provider)
        with tracking_context(session_id=f"session-of-{user}", user_id=user, channel=channel):
            with trace.get_tracer("meteorologist").start_as_current_span("small talk"):
                chat(client)
            use_a_tool(client)


if __name__ == "__main__":
    main()
