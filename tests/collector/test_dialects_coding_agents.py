"""Coding agents: a realistic span of each, and the row that it becomes."""

import pytest

from harness.dialect_cases import CLAUDE, WHOLE, DialectCase, openinference, usage

CASES: dict[str, DialectCase] = {
    "claude-code": DialectCase(
        {
            "input_tokens": 300,
            "output_tokens": 200,
            "cache_read_tokens": 600,
            "cache_creation_tokens": 100,
            "gen_ai.request.model": CLAUDE,
            "gen_ai.response.id": "req_01",
        },
        WHOLE,
        "claude-code",
        "input_below_cache",
        scope="com.anthropic.claude_code.tracing",
        span="claude_code.llm_request",
    ),
    "claude-code, little cached, numbers as text": DialectCase(
        {
            "input_tokens": "900",
            "output_tokens": "200",
            "cache_read_tokens": "60",
            "cache_creation_tokens": "40",
        },
        (1000, 60, 40, 200, 0),
        "claude-code",
        "table",
        resource={"service.name": "claude-code"},
        span="claude_code.llm_request",
    ),
    "codex, a response": DialectCase(
        {
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.cache_read.input_tokens": 600,
            "gen_ai.usage.output_tokens": 200,
            "codex.usage.reasoning_output_tokens": 50,
            "codex.usage.total_tokens": 1200,
        },
        (1000, 600, 0, 200, 50),
        "codex",
        "provider_total",
        "",
        span="handle_responses",
        resource={"service.name": "our-own-name"},
    ),
    "codex, a turn": DialectCase(
        {
            "codex.turn.token_usage.input_tokens": 5000,
            "codex.turn.token_usage.cached_input_tokens": 600,
            "codex.turn.token_usage.output_tokens": 900,
            "codex.turn.token_usage.reasoning_output_tokens": 50,
            "codex.turn.token_usage.total_tokens": 5900,
        },
        (5000, 600, 0, 900, 50),
        "codex",
        "provider_total",
        "container",
        scope="codex_cli_rs",
        span="session_task.turn",
    ),
    "gemini-cli: thoughts are not reported": DialectCase(
        usage(operation="llm_call", provider="gcp.gemini", output=150),
        (1000, 0, 0, 150, 0),
        "gemini-cli",
        resource={"service.name": "gemini-cli"},
        span="llm_call",
    ),
    "qwen-code: bare and standard names on one span": DialectCase(
        {
            **usage(operation=None),
            "input_tokens": 1000,
            "output_tokens": 200,
            "cached_input_tokens": 600,
        },
        (1000, 600, 0, 200, 0),
        "qwen-code",
        "default",
        scope="qwen-code",
        span="qwen-code.llm_request",
    ),
    "qwen-code: a log record that was made a span, thoughts outside": DialectCase(
        {
            "log.bridge": True,
            "input_token_count": 1000,
            "output_token_count": 150,
            "cached_content_token_count": 600,
            "thoughts_token_count": 50,
            "total_token_count": 1200,
        },
        (1000, 600, 0, 200, 50),
        "qwen-code",
        "default",
        flags="log_bridge",
        span="qwen-code.api_response",
    ),
    "qwen-code: thoughts inside": DialectCase(
        {
            "input_token_count": 1000,
            "output_token_count": 200,
            "thoughts_token_count": 50,
            "total_token_count": 1200,
        },
        (1000, 0, 0, 200, 50),
        "qwen-code",
        scope="qwen-code",
        span="qwen-code.api_response",
    ),
    "copilot": DialectCase(
        {**usage(600, 100, 50, provider="github"), "gen_ai.usage.reasoning_tokens": 50},
        (1000, 600, 100, 200, 50),
        "copilot",
        "table",
        resource={"service.name": "copilot-chat"},
    ),
    "opencode: five disjoint counts under OpenInference's names": DialectCase(
        openinference(300, 150, read=600, write=100, reasoning=50, total=1200),
        (1000, 600, 100, 200, 50),
        "opencode",
        "input_below_cache",
        scope="com.opencode",
    ),
    "opencode without a total": DialectCase(
        openinference(900, 150, read=60, write=40, reasoning=50),
        (1000, 60, 40, 200, 50),
        "opencode",
        "table",
        resource={"service.name": "opencode"},
    ),
    "opencode once its counts include": DialectCase(
        openinference(1000, 200, read=600, write=100, reasoning=50, total=1200),
        (1000, 600, 100, 200, 50),
        "opencode",
        "provider_total",
        scope="com.opencode",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_c1_to_c4_a_span_of_each_dialect(case: DialectCase) -> None:
    """C1 to C4: the five counts, the dialect, the deciding step, the role and the doubts."""
    assert case.expected == case.actual()


def test_bare_names_mean_nothing_elsewhere() -> None:
    """C1: `input_tokens` on the span of another dialect is somebody's own attribute."""
    case = DialectCase(
        {"gen_ai.operation.name": "chat", "input_tokens": 7, "output_tokens": 8}, (0, 0, 0, 0, 0)
    )

    assert ("no_usage", 0, 0) == tuple(
        case.row()[name] for name in ("reason", "input_tokens", "output_tokens")
    )
