"""One realistic log record of each agent, as its attributes; and the tokens of a row."""

from __future__ import annotations

from typing import Any

from harness.otlp_logs import log_row

TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens", "reasoning_tokens")
DETAILS = "gen_ai.client.inference.operation.details"

CLAUDE_CODE = {
    "event.name": "api_request",
    "session.id": "s-1",
    "user.id": "hash-1",
    "user.email": "ann@example.org",
    "user.account_uuid": "uuid-1",
    "model": "claude-sonnet-4-5-20250929",
    "input_tokens": "120",
    "output_tokens": "300",
    "cache_read_tokens": "5000",
    "cache_creation_tokens": "800",
    "cost_usd": "0.0123",
    "cost_usd_micros": 12345,
    "duration_ms": "2500",
    "request_id": "req_011CSq",
    "query_source": "repl_main_thread",
}
CODEX = {
    "event.name": "codex.sse_event",
    "event.kind": "response.completed",
    "input_token_count": "9000",
    "output_token_count": "700",
    "cached_token_count": 6000,
    "reasoning_token_count": 512,
    "tool_token_count": "9700",
    "conversation.id": "conv-1",
    "model": "gpt-5-codex",
    "user.account_id": "acct-1",
}
GEMINI = {
    "event.name": "gemini_cli.api_response",
    "session.id": "s-2",
    "user.email": "ann@example.org",
    "model": "gemini-2.5-pro",
    "duration_ms": 2100,
    "input_token_count": 1000,
    "output_token_count": 200,
    "cached_content_token_count": 600,
    "thoughts_token_count": 150,
    "tool_token_count": 40,
    "total_token_count": 1390,
}
OPENCODE = {
    "event.name": "api_request",
    "session.id": "ses_1",
    "model": "claude-sonnet-4-5",
    "provider": "anthropic",
    "agent": "build",
    "cost_usd": 0.02,
    "duration_ms": 1500,
    "input_tokens": 100,
    "output_tokens": 50,
    "reasoning_tokens": 25,
    "cache_read_tokens": 1000,
    "cache_creation_tokens": 200,
}
CLINE = {"ulid": "01J", "tokensIn": 120, "tokensOut": 80, "model": "claude-sonnet-4-5"}
SEMCONV = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-5",
    "gen_ai.response.model": "gpt-5-2025-08-07",
    "gen_ai.response.id": "resp_1",
    "gen_ai.usage.input_tokens": 500,
    "gen_ai.usage.output_tokens": 60,
    "gen_ai.usage.cache_read.input_tokens": 300,
    "gen_ai.usage.reasoning.output_tokens": 20,
}


def tokens(row: dict[str, Any]) -> tuple[int, ...]:
    """Input, output, cache read, cache creation, reasoning."""
    return tuple(row[name] for name in TOKENS)


def claude_code(attributes: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    options = {"scope": "com.anthropic.claude_code.events", "body": "claude_code.api_request"} | options
    return log_row(CLAUDE_CODE | (attributes or {}), **options)


def opencode(attributes: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    return log_row(
        OPENCODE | (attributes or {}), **({"scope": "com.opencode", "body": "api_request"} | options)
    )
