"""Failures that users reported of coding agents besides Claude Code: what their logs hold."""

from __future__ import annotations

from typing import Any

from harness.reported_failures import log, openinference, span, usage

CODEX = {
    "event.name": "codex.sse_event",
    "event.kind": "response.completed",
    "conversation.id": "c",
    "model": "gpt-5-codex",
    "input_token_count": "800",
    "output_token_count": "50",
    "cached_token_count": 700,
    "reasoning_token_count": 20,
    "tool_token_count": "850",
}


def test_codex_event_on_log_and_span_event() -> None:
    """codex#33189: the event is a log record and a span event; and tool_token_count is the total; 800/50."""
    found = usage(log(CODEX, at=10, scope="codex_otel.log_only", resource={"service.name": "codex_cli_rs"}))

    assert {"calls": 1, "input": 800, "output": 50, "read": 700, "reasoning": 20} == found


def test_codex_log_and_response_span() -> None:
    """codex#10403: the response span repeats the log; 800/50, not 1600/100; the turn span neither."""
    service: dict[str, Any] = {"service.name": "codex_cli_rs"}
    response = {
        "gen_ai.usage.input_tokens": 800,
        "gen_ai.usage.cache_read.input_tokens": 700,
        "gen_ai.usage.output_tokens": 50,
        "codex.usage.reasoning_output_tokens": 20,
        "codex.usage.total_tokens": 850,
    }
    turn = {"codex.turn.token_usage.input_tokens": 800, "codex.turn.token_usage.output_tokens": 50}

    found = usage(
        span(1, 0, turn, end=20, name="session_task.turn", scope="codex_cli_rs", resource=service),
        span(2, 1, response, name="handle_responses", scope="codex_cli_rs", resource=service),
        log(CODEX, at=10, scope="codex_otel.log_only", resource=service),
    )

    assert {"calls": 1, "input": 800, "output": 50, "read": 700, "reasoning": 20} == found


def test_gemini_cli_thoughts_and_tools_are_outside() -> None:
    """Gemini CLI: 100 + 30 tool prompt, 50 + 400 thoughts, total 580; not 100/50."""
    attributes: dict[str, Any] = {
        "event.name": "gemini_cli.api_response",
        "model": "gemini-2.5-pro",
        "session.id": "s",
        "input_token_count": 100,
        "output_token_count": 50,
        "cached_content_token_count": 60,
        "thoughts_token_count": 400,
        "tool_token_count": 30,
        "total_token_count": 580,
    }

    found = usage(log(attributes, at=10, scope="gemini-cli", resource={"service.name": "gemini-cli"}))

    assert {"calls": 1, "input": 130, "output": 450, "read": 60, "reasoning": 400} == found


OPENCODE = {"calls": 1, "input": 800, "output": 70, "read": 700, "written": 90, "reasoning": 20}


def test_opencode_under_claude_codes_event_name() -> None:
    """opencode-plugin-otel: `api_request` too, but output excludes reasoning; 800/70, not 800/50."""
    attributes: dict[str, Any] = {
        "event.name": "api_request",
        "session.id": "s",
        "model": "claude-sonnet-4-5",
        "provider": "anthropic",
        "agent": "build",
        "input_tokens": 10,
        "output_tokens": 50,
        "reasoning_tokens": 20,
        "cache_read_tokens": 700,
        "cache_creation_tokens": 90,
    }

    found = usage(
        log(attributes, "api_request", at=10, scope="opencode", resource={"service.name": "opencode"})
    )

    assert OPENCODE == found


def test_opencode_spans_under_openinference_names() -> None:
    """opencode-plugin-otel PR 110: spans hold disjoint values under OpenInference names; 800/70."""
    attributes: dict[str, Any] = openinference("LLM", (10, 50), read=700, written=90, reasoning=20)

    found = usage(span(1, 0, attributes, scope="opencode", resource={"service.name": "opencode"}))

    assert OPENCODE == found


def test_cline_conversation_turn_repeats_task_tokens() -> None:
    """Cline: `task.conversation_turn` carries the same response again; 100/50, not 200/100."""
    attributes: dict[str, Any] = {
        "ulid": "t",
        "tokensIn": 100,
        "tokensOut": 50,
        "provider": "anthropic",
        "model": "claude",
    }
    service: dict[str, Any] = {"service.name": "cline"}

    found = usage(
        log(attributes, "task.tokens", at=10, scope="cline", resource=service),
        log(attributes, "task.conversation_turn", at=10, scope="cline", resource=service),
    )

    assert {"calls": 1, "input": 100, "output": 50} == found
