"""Failures that users reported, kind A: a container counted besides its calls. One test each.

Every docstring names the thread, the figure that was wrong and the one that is right.
"""

from __future__ import annotations

from typing import Any

from harness.reported_failures import genai, openinference, span, usage


def test_pydantic_ai_agent_run_and_chat() -> None:
    """langfuse#12306, pydantic-ai#3995: `agent run` repeats its chats under one name; 600/60, not 300/30."""
    scope: dict[str, Any] = {"scope": "pydantic-ai", "version": "1.50.0"}

    found = usage(
        span(1, 0, genai("invoke_agent", (300, 30), agent__name="support"), end=20, **scope),
        span(2, 1, genai("chat", (100, 10)), start=1, end=5, **scope),
        span(3, 1, genai("chat", (200, 20)), start=6, end=9, **scope),
    )

    assert {"calls": 2, "input": 300, "output": 30} == found


def test_pydantic_ai_aggregated_names() -> None:
    """pydantic-ai#4277: the aggregate has names of its own since 2.0, and repeats the chats still; 300/30."""
    aggregate = {"gen_ai.aggregated_usage.input_tokens": 300, "gen_ai.aggregated_usage.output_tokens": 30}
    scope: dict[str, Any] = {"scope": "pydantic-ai", "version": "2.0.0"}

    found = usage(
        span(1, 0, genai("invoke_agent") | aggregate, end=20, **scope),
        span(2, 1, genai("chat", (100, 10)), start=1, end=5, **scope),
        span(3, 1, genai("chat", (200, 20)), start=6, end=9, **scope),
    )

    assert {"calls": 2, "input": 300, "output": 30} == found


def test_vercel_generate_text_repeats_do_generate() -> None:
    """langfuse#10592, #13988: `ai.generateText` and `…doGenerate` were summed, 200/20; right is 100/10."""
    outer: dict[str, Any] = {
        "ai.operationId": "ai.generateText",
        "ai.usage.promptTokens": 100,
        "ai.usage.completionTokens": 10,
    }
    inner: dict[str, Any] = outer | {
        "ai.operationId": "ai.generateText.doGenerate",
        "gen_ai.system": "openai.chat",
    }
    inner |= {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10}

    found = usage(span(1, 0, outer, scope="ai"), span(2, 1, inner, start=1, end=9, scope="ai"))

    assert {"calls": 1, "input": 100, "output": 10} == found


def test_vercel_outer_span_with_the_last_step_only() -> None:
    """vercel/ai#12801: the outer span held the last of two steps, 200/20; the inner ones hold 300/30."""
    outer: dict[str, Any] = {
        "ai.operationId": "ai.generateText",
        "ai.usage.promptTokens": 200,
        "ai.usage.completionTokens": 20,
    }
    steps = [
        {
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.usage.promptTokens": n,
            "ai.usage.completionTokens": n // 10,
        }
        for n in (100, 200)
    ]

    found = usage(
        span(1, 0, outer, end=20, scope="ai"),
        span(2, 1, steps[0], start=1, end=5, scope="ai"),
        span(3, 1, steps[1], start=6, end=9, scope="ai"),
    )

    assert {"calls": 2, "input": 300, "output": 30} == found


def test_vercel_embeddings_nested_under_one_name() -> None:
    """AI SDK 7: outer and inner span both say `embeddings` and only the inner has usage; one call of 8."""
    found = usage(
        span(1, 0, genai("embeddings"), scope="gen_ai"),
        span(2, 1, genai("embeddings") | {"gen_ai.usage.input_tokens": 8}, start=1, end=9, scope="gen_ai"),
    )

    assert {"calls": 1, "input": 8} == found


def test_vercel_legacy_embeddings_on_both_spans() -> None:
    """AI SDK 3 to 6: `ai.embed` and `ai.embed.doEmbed` both carry `ai.usage.tokens`; 8, not 16."""
    found = usage(
        span(1, 0, {"ai.operationId": "ai.embed", "ai.usage.tokens": 8}, scope="ai"),
        span(2, 1, {"ai.operationId": "ai.embed.doEmbed", "ai.usage.tokens": 8}, start=1, end=9, scope="ai"),
    )

    assert {"calls": 1, "input": 8} == found


def test_vercel_7_root_and_leaf() -> None:
    """Traceroot PR 1612: the root `invoke_agent` carries the sum, steps none; 300/30, not 600/60."""
    found = usage(
        span(1, 0, genai("invoke_agent", (300, 30)), end=30, scope="gen_ai"),
        span(2, 1, genai("agent_step"), start=1, end=10, scope="gen_ai"),
        span(3, 2, genai("chat", (100, 10)), start=2, end=9, scope="gen_ai"),
        span(4, 1, genai("agent_step"), start=11, end=20, scope="gen_ai"),
        span(5, 4, genai("chat", (200, 20)), start=12, end=19, scope="gen_ai"),
    )

    assert {"calls": 2, "input": 300, "output": 30} == found


def test_strands_agent_grows_over_the_session() -> None:
    """strands#1267, #3602: the second run's agent span held both runs, 300/30 more; the chats are 300/30."""
    scope: dict[str, Any] = {"scope": "strands.telemetry.tracer"}
    system: dict[str, Any] = {"system": "strands-agents"}

    found = usage(
        span(1, 0, genai("invoke_agent", (100, 10), **system), **scope),
        span(2, 1, genai("chat", (100, 10), **system), start=1, end=9, **scope),
        span(3, 0, genai("invoke_agent", (300, 30), **system), start=20, end=30, trace_id=2, **scope),
        span(4, 3, genai("chat", (200, 20), **system), start=21, end=29, trace_id=2, **scope),
    )

    assert {"calls": 2, "input": 300, "output": 30} == found


def test_strands_chats_of_one_loop_are_calls() -> None:
    """Strands' agent spans accumulate, its chats do not: a loop of 100/10 and 250/25 is 350/35."""
    scope: dict[str, Any] = {"scope": "strands.telemetry.tracer"}
    system: dict[str, Any] = {"system": "strands-agents"}

    found = usage(
        span(1, 0, genai("invoke_agent", (350, 35), **system), end=20, **scope),
        span(2, 1, genai("chat", (100, 10), **system), start=1, end=5, **scope),
        span(3, 1, genai("chat", (250, 25), **system), start=6, end=9, **scope),
    )

    assert {"calls": 2, "input": 350, "output": 35} == found


def test_agent_framework_agent_held_the_last_call() -> None:
    """agent-framework#4062: `invoke_agent` showed 200/20, the last of two calls; the sum is 300/30."""
    scope: dict[str, Any] = {"scope": "agent_framework"}

    found = usage(
        span(1, 0, genai("invoke_agent", (200, 20)), end=20, **scope),
        span(2, 1, genai("chat", (100, 10)), start=1, end=5, **scope),
        span(3, 1, genai("chat", (200, 20)), start=6, end=9, **scope),
    )

    assert {"calls": 2, "input": 300, "output": 30} == found


def test_workbook_counted_agents_and_calls() -> None:
    """Application-Insights-Workbooks PR 3208: nested agents and chats were summed, 300; the chat is 100."""
    found = usage(
        span(1, 0, genai("invoke_agent", (100, 10)), end=30),
        span(2, 1, genai("invoke_agent", (100, 10)), start=1, end=20),
        span(3, 2, genai("chat", (100, 10)), start=2, end=9),
    )

    assert {"calls": 1, "input": 100, "output": 10} == found


def test_langsmith_chain_repeats_the_message() -> None:
    """LangSmith: a chain whose output holds the message has its usage too; 100/10, not 300/30."""
    chain = {
        "langsmith.span.kind": "chain",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 10,
    }
    call = chain | {"langsmith.span.kind": "llm"}

    found = usage(
        span(1, 0, chain, end=30, scope="langsmith"),
        span(2, 1, chain, start=1, end=20, scope="langsmith"),
        span(3, 2, call, start=2, end=9, scope="langsmith"),
    )

    assert {"calls": 1, "input": 100, "output": 10} == found


def test_crewai_agent_holds_lifetime_totals() -> None:
    """OpenLLMetry CrewAI: `<role>.agent` had the agent's 5000/500 so far; its call is 100/10."""
    scope: dict[str, Any] = {"scope": "opentelemetry.instrumentation.crewai"}
    agent: dict[str, Any] = {"traceloop.span.kind": "agent", "gen_ai.usage.input_tokens": 5000}

    found = usage(
        span(1, 0, agent | {"gen_ai.usage.output_tokens": 500}, name="writer.agent", **scope),
        span(2, 1, genai("chat", (100, 10)) | {"llm.request.type": "chat"}, start=1, end=9, **scope),
    )

    assert {"calls": 1, "input": 100, "output": 10} == found


def test_single_span_trace() -> None:
    """A trace of one chat span has no container and no relative; 100/10."""
    assert {"calls": 1, "input": 100, "output": 10} == usage(span(1, 0, genai("chat", (100, 10))))


def test_sentry_agent_and_client_spans() -> None:
    """getsentry/sentry PR 107485: conversation totals took agents and clients, 200/20; right is 100/10."""
    agent: dict[str, Any] = {"gen_ai.operation.type": "agent"}
    client = {"gen_ai.operation.type": "ai_client"}

    found = usage(
        span(1, 0, genai("invoke_agent", (100, 10)) | agent),
        span(2, 1, genai("chat", (100, 10)) | client, start=1, end=9),
    )

    assert {"calls": 1, "input": 100, "output": 10} == found


def test_copilot_agents_nest() -> None:
    """copilot-cli#3778: `invoke_agent copilotcli` over `invoke_agent` over `chat`; 100/10, not 300/30."""
    service: dict[str, Any] = {"resource": {"service.name": "github-copilot"}}

    found = usage(
        span(1, 0, genai("invoke_agent", (100, 10)), end=30, **service),
        span(2, 1, genai("invoke_agent", (100, 10)), start=1, end=20, **service),
        span(3, 2, genai("chat", (100, 10)), start=2, end=9, **service),
    )

    assert {"calls": 1, "input": 100, "output": 10} == found


def test_adk_call_llm_repeats_generate_content() -> None:
    """ADK schema v1: `call_llm` and its child `generate_content` carry one usage; 100/10, not 200/20."""
    usage_of: dict[str, Any] = genai("generate_content", (100, 10))
    outer: dict[str, Any] = {key: value for key, value in usage_of.items() if key != "gen_ai.operation.name"}

    found = usage(
        span(1, 0, outer, name="call_llm", scope="gcp.vertex.agent"),
        span(
            2, 1, usage_of, start=1, end=9, name="generate_content gemini-2.5-pro", scope="gcp.vertex.agent"
        ),
    )

    assert {"calls": 1, "input": 100, "output": 10} == found


def test_loongsuite_agent_and_step() -> None:
    """loongsuite-pilot#268: agent and step repeat the call; 100/10, not 300/30."""
    found = usage(
        span(1, 0, genai("invoke_agent", (100, 10)), end=30),
        span(2, 1, genai("agent_step", (100, 10)), start=1, end=20),
        span(3, 2, genai("chat", (100, 10)), start=2, end=9),
    )

    assert {"calls": 1, "input": 100, "output": 10} == found


def test_openinference_chains_with_counts() -> None:
    """dev.to/khan5v, OpenSearch-Dashboards#11655: every span of the tree was summed; 100/10, not 300/30."""
    found = usage(
        span(1, 0, openinference("CHAIN", (100, 10)), end=30),
        span(2, 1, openinference("AGENT", (100, 10)), start=1, end=20),
        span(3, 2, openinference("LLM", (100, 10)), start=2, end=9),
    )

    assert {"calls": 1, "input": 100, "output": 10} == found
