"""An agent on LangChain.

    python langchain_agent.py COLLECTOR PROVIDER MODEL STEPS INSTRUMENTATION...

MODEL is `openai` or `anthropic`. STEPS are some of `ask`, `stream` and `agent`, divided by commas. Each
INSTRUMENTATION is `openinference` (LangChain's own steps) or `openinference-openai` (the SDK below them).
"""

# mypy: ignore-errors
# The packages are in an environment of their own, where no type checker looks.

import sys

from langchain.agents import create_agent
from langchain_anthropic import ChatAnthropic
from langchain_core.language_models import BaseChatModel
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from openinference.instrumentation.langchain import LangChainInstrumentor
from openinference.instrumentation.openai import OpenAIInstrumentor

from tokenlake import init_token_tracking, tracking_context

INSTRUMENTORS = {"openinference": LangChainInstrumentor, "openinference-openai": OpenAIInstrumentor}


@tool
def weather(city: str) -> str:
    """Say how the weather is."""
    return f"sunny in {city}"


def ask(model: BaseChatModel) -> None:
    """Ask once."""
    model.invoke("How is the weather in Paris?")


def stream(model: BaseChatModel) -> None:
    """Read an answer as a stream."""
    for _ in model.stream("And in Rome?"):
        pass


def use_a_tool(model: BaseChatModel) -> None:
    """Let an agent use a tool: two calls."""
    agent = create_agent(model, [weather])
    agent.invoke({"messages": [{"role": "user", "content": "And in Berlin?"}]})


STEPS = {"ask": ask, "stream": stream, "agent": use_a_tool}


def models(provider: str, key: str) -> dict[str, BaseChatModel]:
    """Return a model of each provider."""
    openai = ChatOpenAI(model="gpt-5", api_key=key, base_url=f"{provider}/v1", stream_usage=True)
    return {
        "openai": openai,
        "anthropic": ChatAnthropic(model="claude-opus-5-5", api_key=key, base_url=provider),
    }


def main() -> None:
    """Serve two users of two channels."""
    collector, provider, model, steps, *instrumentations = sys.argv[1:]
    init_token_tracking(collector)
    for name in instrumentations:
        INSTRUMENTORS[name]().instrument()
    for user, channel in (("alice", "telegram"), ("bob", "web")):
        with tracking_context(session_id=f"session-of-{user}", user_id=user, channel=channel):
            for step in steps.split(","):
                STEPS[step](models(provider, user)[model])


if __name__ == "__main__":
    main()
