"""Spans that repeat what lies below them: agents, chains, steps, workflows and tools of several dialects."""

from __future__ import annotations

from dataclasses import dataclass

from harness.emitters import OPENINFERENCE, TRACELOOP, UNSPLIT, Names
from harness.true_calls import Counts


@dataclass(frozen=True, slots=True)
class Container:
    """A kind of container: the scope, the attributes that tell it, and the names of its usage."""

    scope: str
    marks: dict[str, str]
    names: Names

    def usage(self, counts: Counts) -> dict[str, int]:
        """Return the attributes of a sum: containers seldom split it."""
        return {self.names["input"]: counts.input, self.names["output"]: counts.output}


_AGGREGATED: Names = {
    "input": "gen_ai.aggregated_usage.input_tokens",
    "output": "gen_ai.aggregated_usage.output_tokens",
}
_AI: Names = {"input": "ai.usage.inputTokens", "output": "ai.usage.outputTokens"}
_AGENT = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner"}

SEPARATORS = [
    Container("", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}, UNSPLIT),
    Container("agent_framework", _AGENT, UNSPLIT),
    Container("openinference.instrumentation.langchain", {"openinference.span.kind": "TOOL"}, OPENINFERENCE),
    Container("openinference.instrumentation.crewai", {"openinference.span.kind": "AGENT"}, OPENINFERENCE),
    Container("traceloop.tracer", {"traceloop.span.kind": "tool"}, TRACELOOP),
    Container("traceloop.tracer", {"traceloop.span.kind": "agent"}, TRACELOOP),
    Container("pydantic-ai", _AGENT, _AGGREGATED),
]
CONTAINERS = [
    *SEPARATORS,
    Container("", {"gen_ai.operation.name": "invoke_workflow"}, UNSPLIT),
    Container("", {"gen_ai.operation.name": "plan"}, UNSPLIT),
    Container("", {"gen_ai.operation.name": "handle_conversation_turn"}, UNSPLIT),
    Container("gen_ai", {"gen_ai.operation.name": "agent_step"}, UNSPLIT),
    Container("openinference.instrumentation.langchain", {"openinference.span.kind": "CHAIN"}, OPENINFERENCE),
    Container("traceloop.tracer", {"traceloop.span.kind": "workflow"}, TRACELOOP),
    Container("traceloop.tracer", {"traceloop.span.kind": "task"}, TRACELOOP),
    Container("ai", {"ai.operationId": "ai.generateText"}, _AI),
    Container("langsmith", {"langsmith.span.kind": "chain"}, UNSPLIT),
]
