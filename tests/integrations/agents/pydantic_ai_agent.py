"""An agent on pydantic-ai, whose instrumentation is its own.

python pydantic_ai_agent.py COLLECTOR PROVIDER
"""

# mypy: ignore-errors
# The packages are in an environment of their own, where no type checker looks.

import asyncio
import sys

from pydantic_ai import Agent
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider

from tokenlake import init_token_tracking, tracking_context


def weather(city: str) -> str:
    """Say how the weather is."""
    return f"sunny in {city}"


def models(provider: str, key: str) -> list[Model]:
    """Return one model of each API."""
    openai = OpenAIProvider(base_url=f"{provider}/v1", api_key=key)
    return [
        OpenAIChatModel("gpt-5", provider=openai),
        OpenAIResponsesModel("gpt-5", provider=openai),
        AnthropicModel("claude-haiku-4-5", provider=AnthropicProvider(api_key=key, base_url=provider)),
    ]


async def converse(provider: str, user: str, channel: str) -> None:
    """Let an agent of each model use a tool, and read one more answer as a stream."""
    with tracking_context(session_id=f"session-of-{user}", user_id=user, channel=channel):
        for model in models(provider, user):
            agent = Agent(model, name="meteorologist", tools=[weather])
            await agent.run("How is the weather in Paris?")
            async with Agent(model).run_stream("And in Rome?") as result:
                await result.get_output()


async def serve(provider: str) -> None:
    """Serve two users of two channels at the same time."""
    await asyncio.gather(converse(provider, "alice", "telegram"), converse(provider, "bob", "web"))


def main() -> None:
    """Start tracking, then serve."""
    collector, provider = sys.argv[1:]
    init_token_tracking(collector)
    Agent.instrument_all()
    asyncio.run(serve(provider))


if __name__ == "__main__":
    main()
