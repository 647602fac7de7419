"""An agent on OpenAI's SDK.

    python openai_agent.py COLLECTOR PROVIDER INSTRUMENTATION...

Each INSTRUMENTATION is `openai-v2` or `openinference`; they are switched on in this order.
"""

# mypy: ignore-errors
# The packages are in an environment of their own, where no type checker looks.

import contextlib
import sys

from openai import BadRequestError, OpenAI
from openinference.instrumentation.openai import OpenAIInstrumentor as OpenInference
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor as OpenAIV2

from tokenlake import init_token_tracking, tracking_context

INSTRUMENTORS = {"openai-v2": OpenAIV2, "openinference": OpenInference}
TOOL = {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}
MESSAGES = [{"role": "user", "content": "How is the weather in Paris?"}]


def chat(client: OpenAI) -> None:
    """Ask once, once more as a stream, and once for a model that there is not."""
    client.chat.completions.create(model="gpt-5", messages=MESSAGES)
    stream = client.chat.completions.create(
        model="gpt-5-mini", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    )
    for _ in stream:
        pass
    with contextlib.suppress(BadRequestError):
        client.chat.completions.create(model="no-such-model", messages=MESSAGES)


def use_a_tool(client: OpenAI) -> None:
    """Let the model call a tool, and tell it the result."""
    tools = [{"type": "function", "function": TOOL}]
    asked = client.chat.completions.create(model="gpt-5", messages=MESSAGES, tools=tools)
    message = asked.choices[0].message
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "sunny"}
    conversation = [*MESSAGES, message.model_dump(exclude_none=True), result]
    client.chat.completions.create(model="gpt-5", messages=conversation, tools=tools)


def respond(client: OpenAI) -> None:
    """The same question to the newer API, whole and as a stream."""
    client.responses.create(model="gpt-5", input="How is the weather in Paris?")
    for _ in client.responses.create(model="gpt-5-mini", input="And in Rome?", stream=True):
        pass


def main() -> None:
    """Serve two users of two channels."""
    collector, provider, *instrumentations = sys.argv[1:]
    init_token_tracking(collector)
    for name in instrumentations:
        INSTRUMENTORS[name]().instrument()
    for user, channel in (("alice", "telegram"), ("bob", "web")):
        client = OpenAI(api_key=user, base_url=f"{provider}/v1")
        with tracking_context(session_id=f"session-of-{user}", user_id=user, channel=channel):
            chat(client)
            use_a_tool(client)
            respond(client)
            client.embeddings.create(model="text-embedding-3-small", input=["Paris"])


if __name__ == "__main__":
    main()
