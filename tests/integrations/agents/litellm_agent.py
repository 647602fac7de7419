"""An agent on LiteLLM.

    python litellm_agent.py COLLECTOR PROVIDER STEPS INSTRUMENTATION...

STEPS are some of `openai`, `anthropic`, `stream` and `embed`, divided by commas. Each INSTRUMENTATION is
`litellm` (its own OpenTelemetry callback) or `openinference` (of OpenAI's SDK below it).
"""

# mypy: ignore-errors
# The packages are in an environment of their own, where no type checker looks.

import asyncio
import sys

import litellm
from litellm.integrations.opentelemetry import OpenTelemetry
from openinference.instrumentation.openai import OpenAIInstrumentor

from tokenlake import init_token_tracking, tracking_context

MESSAGES = [{"role": "user", "content": "How is the weather in Paris?"}]


def ask_openai(provider: str, key: str) -> None:
    """Ask once."""
    litellm.completion(model="openai/gpt-5", messages=MESSAGES, api_key=key, api_base=f"{provider}/v1")


def ask_anthropic(provider: str, key: str) -> None:
    """Ask once; LiteLLM speaks to this API without its SDK."""
    litellm.completion(model="anthropic/claude-opus-5-5", messages=MESSAGES, api_key=key, api_base=provider)


def stream(provider: str, key: str) -> None:
    """Read an answer as a stream."""
    asyncio.run(_stream({"api_key": key, "api_base": f"{provider}/v1"}))


async def _stream(account: dict[str, str]) -> None:
    options = {"stream": True, "stream_options": {"include_usage": True}}
    answer = await litellm.acompletion(model="openai/gpt-5-mini", messages=MESSAGES, **options, **account)
    async for _ in answer:
        pass


def embed(provider: str, key: str) -> None:
    """Embed a text."""
    model = "openai/text-embedding-3-small"
    litellm.embedding(model=model, input=["Paris"], api_key=key, api_base=f"{provider}/v1")


STEPS = {"openai": ask_openai, "anthropic": ask_anthropic, "stream": stream, "embed": embed}


def main() -> None:
    """Serve two users of two channels."""
    collector, provider, steps, *instrumentations = sys.argv[1:]
    init_token_tracking(collector)
    if "litellm" in instrumentations:
        litellm.callbacks = [OpenTelemetry()]
    if "openinference" in instrumentations:
        OpenAIInstrumentor().instrument()
    for user, channel in (("alice", "telegram"), ("bob", "web")):
        with tracking_context(session_id=f"session-of-{user}", user_id=user, channel=channel):
            for step in steps.split(","):
                STEPS[step](provider, user)


if __name__ == "__main__":
    main()
