"""What the log records of each coding agent count (sections 6a to 6g of the rules), with figures by hand."""

from __future__ import annotations

from typing import Any

import pytest

from harness.agent_logs import (
    CLAUDE_CODE,
    CLINE,
    CODEX,
    DETAILS,
    GEMINI,
    OPENCODE,
    claude_code,
    opencode,
    tokens,
)
from harness.otlp_logs import LogSpec, log_bytes, log_row, log_rows


def test_6a_claude_code_input_lies_beside_its_cache() -> None:
    """6a: I = 120 + 5000 + 800 = 5920, thinking is inside the output; the numbers may be strings."""
    row = claude_code()

    assert (5920, 300, 5000, 800, 0) == tokens(row)
    assert 5920 == row["context_tokens"]
    assert ("claude-code", "log", "leaf", None) == (row["dialect"], row["signal"], row["role"], row["reason"])


@pytest.mark.parametrize(
    ("attributes", "rule", "expected"),
    [
        ({}, "provider_total", (9000, 700, 6000, 0, 512)),  # 9000 + 700 = 9700
        ({"tool_token_count": None}, "table", (9000, 700, 6000, 0, 512)),
        ({"tool_token_count": 15700}, "total_adds_cache", (15000, 700, 6000, 0, 512)),  # 9000 + 700 + 6000
        ({"tool_token_count": 10212}, "table", (9000, 1212, 6000, 0, 512)),  # 9000 + 700 + 512
    ],
)
def test_c2_c3_the_total_of_codex_is_evidence(
    attributes: dict[str, Any], rule: str, expected: tuple[int, ...]
) -> None:
    """C2 steps 4 and 5, C3: the provider's total proves what input and output hold."""
    row = log_row(CODEX | attributes)

    assert (rule, expected, None) == (row["input_rule"], tokens(row), row["flags"])


@pytest.mark.parametrize(
    ("attributes", "error_type"),
    [
        ({"status_code": "429", "error": "429 rate_limit_error"}, "429"),
        ({"status_code": "undefined", "error": "Connection error."}, "_OTHER"),
        ({"error": "prompt is too long"}, "_OTHER"),
    ],
)
def test_c8_an_api_error_of_claude_code_is_a_failed_call(attributes: dict[str, Any], error_type: str) -> None:
    """C8: a failed call is a row with zero tokens; the error's text may quote a prompt and is not kept."""
    row = log_row(
        {"event.name": "api_error", "model": "claude-opus-4-5", **attributes},
        body="claude_code.api_error",
        scope="com.anthropic.claude_code.events",
    )

    assert (0, 0, 0, 0, 0) == tokens(row)
    assert (error_type, None) == (row["error_type"], row["reason"])


def test_6b_codex_counts_are_whole() -> None:
    """6b: cached 6000 is inside the input 9000, reasoning 512 inside the output 700; "tool" is the total."""
    row = log_row(CODEX, scope="codex_otel")

    assert (9000, 700, 6000, 0, 512) == tokens(row)
    assert ("codex", "openai", "conv-1", "acct-1", None) == (
        *(row["dialect"], row["provider"], row["session_id"], row["user_id"], row["flags"]),
    )


def test_6b_codex_by_websocket_is_read_alike() -> None:
    """6b: the WebSocket transport names the event otherwise; cache writes are a part of the input too."""
    row = log_row(CODEX | {"event.name": "codex.websocket_event", "cache_write_token_count": 1000})

    assert (9000, 700, 6000, 1000, 512) == tokens(row)


@pytest.mark.parametrize("kind", ["response.created", "response.output_item.done", None])
def test_6b_other_stream_events_of_codex_are_no_calls(kind: str | None) -> None:
    """6b: only response.completed has the usage."""
    assert [] == log_rows(log_bytes(LogSpec(CODEX | {"event.kind": kind})))


def test_6b_a_completed_event_without_counts_is_no_report() -> None:
    """6b: each transport logs the end of a response, only one of the records has counts."""
    bare = {"event.name": "codex.websocket_event", "event.kind": "response.completed", "model": "gpt-5"}

    assert [] == log_rows(log_bytes(LogSpec(bare)))


@pytest.mark.parametrize(
    ("attributes", "error_type"),
    [
        ({"event.name": "codex.sse_event", "event.kind": "response.failed"}, "_OTHER"),
        ({"event.name": "codex.api_request", "error.message": "x", "http.response.status_code": 503}, "503"),
    ],
)
def test_c8_failures_of_codex_are_failed_calls(attributes: dict[str, Any], error_type: str) -> None:
    """C8: a request that fails, at once or in its stream, is a row with zero tokens."""
    row = log_row({**attributes, "model": "gpt-5"})

    assert ((0, 0, 0, 0, 0), error_type) == (tokens(row), row["error_type"])


def test_6b_a_request_of_codex_that_went_well_is_reported_by_its_stream() -> None:
    """6b: codex.api_request without an error is no call of its own."""
    answered = {"event.name": "codex.api_request", "http.response.status_code": 200, "duration_ms": "40"}

    assert [] == log_rows(log_bytes(LogSpec(answered)))


def test_6c_gemini_cli_adds_thoughts_and_tool_prompts() -> None:
    """6c: I = 1000 + 40, O = 200 + 150, R = 600 inside I, Z = 150; I + O = 1390 is the total."""
    row = log_row(GEMINI, scope="gemini-cli")

    assert (1040, 350, 600, 0, 150) == tokens(row)
    assert ("gemini-cli", "gcp.gemini", "ann@example.org", None) == (
        *(row["dialect"], row["provider"], row["user_id"], row["flags"]),
    )


def test_6c_gemini_cli_is_never_exclusive() -> None:
    """C2 step 0: cached tokens beyond the input are stored as reported and flagged, never added."""
    row = log_row(GEMINI | {"cached_content_token_count": 5000})

    assert ((1040, 350, 5000, 0, 150), "invariant") == (tokens(row), row["flags"])


def test_6c_a_total_that_differs_is_flagged() -> None:
    """6c: I + O = 1390 must be the total; where it is not, the row is one to doubt."""
    row = log_row(GEMINI | {"total_token_count": 2000})

    assert ((1040, 350, 600, 0, 150), "total_differs") == (tokens(row), row["flags"])


def test_6c_the_details_event_of_gemini_cli_is_never_counted() -> None:
    """C5: it repeats the response without its thoughts; its response id is kept."""
    row = log_row(
        {
            "event.name": DETAILS,
            "gen_ai.response.id": "rsp_1",
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.output_tokens": 200,
        },
        scope="gemini-cli",
    )

    assert ("gemini-cli", "never", "never_counted") == (row["dialect"], row["role"], row["reason"])
    assert "rsp_1" == row["response_id"]


@pytest.mark.parametrize(
    ("total", "output"),
    [
        (1200, 200),  # 1000 + 200: the thoughts are inside
        (1350, 350),  # 1000 + 200 + 150
        (None, 350),  # nothing says that they are inside
    ],
)
def test_6d_qwen_code_decides_thoughts_by_the_total(total: int | None, output: int) -> None:
    """6d: with I = 1000, O = 200 and 150 thoughts, I + O = total says that thoughts are inside."""
    qwen = GEMINI | {
        "event.name": "qwen-code.api_response",
        "tool_token_count": 0,
        "total_token_count": total,
    }
    row = log_row(qwen | {"model": "qwen3-coder", "response_id": "chatcmpl-9f8e7d6c5b4a"})

    assert (1000, output, 600, 0, 150) == tokens(row)
    assert ("qwen-code", "chatcmpl-9f8e7d6c5b4a") == (row["dialect"], row["response_id"])


def test_6f_opencode_output_lies_beside_its_reasoning() -> None:
    """6f: all five are disjoint: I = 100 + 1000 + 200, O = 50 + 25."""
    row = opencode()

    assert (1300, 75, 1000, 200, 25) == tokens(row)
    assert ("opencode", "anthropic", "build", 0.02) == (
        *(row["dialect"], row["provider"], row["operation_detail"], row["reported_cost"]),
    )


@pytest.mark.parametrize(
    ("where", "dialect"),
    [
        ({"scope": "com.opencode"}, "opencode"),
        ({"scope": "com.opencode", "resource": {"service.name": "claude-code"}}, "opencode"),
        ({"resource": {"service.name": "opencode"}}, "opencode"),
        ({}, "opencode"),  # reasoning_tokens is there
        ({"scope": "com.anthropic.claude_code.events"}, "claude-code"),
        ({"resource": {"service.name": "claude-code"}}, "claude-code"),
    ],
)
def test_6f_opencode_is_told_from_claude_code(where: dict[str, Any], dialect: str) -> None:
    """C1: both name the event api_request; scope decides before service, service before the attribute."""
    row = log_row(OPENCODE, **where)

    assert dialect == row["dialect"]


@pytest.mark.parametrize("name", ["claude_code.api_request", "api_request"])
def test_6a_claude_code_is_known_without_scope_and_service(name: str) -> None:
    """C1: by the full name in the body, else by an attribute that others of that name lack."""
    row = log_row({k: v for k, v in CLAUDE_CODE.items() if k != "event.name"}, body=name)

    assert "claude-code" == row["dialect"]


def test_an_api_request_of_someone_else_is_no_report() -> None:
    """An event may be called api_request in any application."""
    assert [] == log_rows(log_bytes(LogSpec({"event.name": "api_request", "status": 200, "input_tokens": 5})))


def test_6g_cline_counts_lie_beside_its_cache() -> None:
    """6g: I = 120 + 900 + 40; the event's name is the body, the task is the session."""
    newer = CLINE | {
        "provider": "anthropic",
        "cacheReadTokens": 900,
        "cacheWriteTokens": 40,
        "totalCost": 0.5,
    }
    row = log_row(newer, body="task.tokens", scope="cline", resource={"service.name": "cline"})

    assert (1060, 80, 900, 40, 0) == tokens(row)
    assert ("cline", "01J", 0.5, None) == (
        row["dialect"],
        row["session_id"],
        row["reported_cost"],
        row["flags"],
    )


def test_6g_an_older_cline_without_cache_counts_is_flagged() -> None:
    """6g: the cache is then only on task.conversation_turn, so the input may be too low."""
    row = log_row(CLINE, body="task.tokens", scope="cline")

    assert ((120, 80, 0, 0, 0), "no_cache_split") == (tokens(row), row["flags"])


def test_6g_a_turn_of_cline_repeats_its_tokens() -> None:
    """C5: task.conversation_turn is never counted; it has the whole input, cache and cost, to fill from."""
    turn = CLINE | {"cacheReadTokens": 900, "cacheWriteTokens": 40, "totalCost": 0.5, "source": "assistant"}
    row = log_row(turn, body="task.conversation_turn", scope="cline")

    assert ("never_counted", (1060, 80, 900, 40, 0), 0.5) == (
        row["reason"],
        tokens(row),
        row["reported_cost"],
    )


def test_6g_a_turn_of_the_user_is_no_report() -> None:
    """6g: Cline writes the event for what the user says too, without counts, absent values as text."""
    said = {"ulid": "01J", "source": "user", "tokensIn": "undefined", "tokensOut": "undefined"}

    assert [] == log_rows(log_bytes(LogSpec(said, body="task.conversation_turn"), scope="cline"))
