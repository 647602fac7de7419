"""The standard's event that repeats a span, and events that only copy."""

from __future__ import annotations

from uuid import UUID

import pytest

from harness.agent_logs import DETAILS, SEMCONV, tokens
from harness.otlp_logs import log_row


@pytest.mark.parametrize("form", ["event_name", "attribute"])
def test_c5_the_details_event_is_a_report(form: str) -> None:
    """C5: it counts where its span is missing; trace and span id are kept to find that span."""
    named = {"event_name": DETAILS} if form == "event_name" else {}
    attributes = SEMCONV | ({} if named else {"event.name": DETAILS})
    row = log_row(attributes, trace_id=b"\x01" * 16, span_id=b"\x00" * 7 + b"\x09", **named)

    assert (500, 60, 300, 0, 20) == tokens(row)
    assert ("semconv", None, "leaf", "resp_1", UUID("01" * 16), 9, None) == (
        *(row["dialect"], row["reason"], row["role"], row["response_id"]),
        *(row["trace_id"], row["span_id"], row["parent_span_id"]),
    )


def test_c2_a_details_event_is_read_as_its_span_is() -> None:
    """7a: OpenLIT reports Anthropic's input without the cache: I = 100 + 80 + 10, as for its spans."""
    anthropic = {
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-sonnet-4-5",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 40,
        "gen_ai.usage.cache_read.input_tokens": 80,
        "gen_ai.usage.cache_creation.input_tokens": 10,
    }
    row = log_row(anthropic, event_name=DETAILS, scope="openlit.otel.tracing")

    assert ("openlit", (190, 40, 80, 10, 0), "table") == (row["dialect"], tokens(row), row["input_rule"])


def test_c10_an_older_name_of_a_provider_is_todays() -> None:
    """C10: `aws_bedrock` is `aws.bedrock` today, and the endpoint where none is named."""
    row = log_row(SEMCONV | {"gen_ai.provider.name": "aws_bedrock"}, event_name=DETAILS)

    assert ("aws.bedrock", "aws.bedrock") == (row["provider"], row["endpoint_name"])


def test_ids_that_are_none_are_null() -> None:
    """OTel: all zero, or of another length, is no id."""
    row = log_row(SEMCONV, event_name=DETAILS, trace_id=b"\x00" * 16, span_id=b"\x01" * 7)

    assert (None, None) == (row["trace_id"], row["span_id"])


def test_a_call_without_counts_is_kept_uncounted() -> None:
    """C0: a successful call that reports no usage has the reason no_usage."""
    row = log_row({"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5"}, event_name=DETAILS)

    assert ("no_usage", (0, 0, 0, 0, 0)) == (row["reason"], tokens(row))


def test_c8_a_failed_details_event_is_a_failed_call() -> None:
    """C8: error.type without usage is a row with zero tokens."""
    row = log_row({"gen_ai.request.model": "gpt-5", "error.type": "timeout"}, event_name=DETAILS)

    assert ("timeout", None) == (row["error_type"], row["reason"])


def test_c5_what_an_agent_says_of_its_calls_is_never_counted() -> None:
    """C4: usage under invoke_agent repeats its calls, and a log record has no descendants to look for."""
    row = log_row(SEMCONV | {"gen_ai.operation.name": "invoke_agent"}, event_name=DETAILS)

    assert ("never", "never_counted") == (row["role"], row["reason"])


def test_6e_a_turn_of_copilot_is_never_counted() -> None:
    """C5: copilot_chat.agent.turn repeats the chat span."""
    turn = {"event.name": "copilot_chat.agent.turn", "turn.index": 0}
    usage = {"gen_ai.usage.input_tokens": 9000, "gen_ai.usage.output_tokens": 70}
    row = log_row(turn | usage, body="copilot_chat.agent.turn: 0", resource={"service.name": "copilot-chat"})

    assert ("copilot", "never_counted") == (row["dialect"], row["reason"])


def test_6e_the_details_event_of_copilot_is_a_report() -> None:
    """C5: it stands in for a missing chat span, with the whole input."""
    row = log_row(SEMCONV | {"event.name": DETAILS}, resource={"service.name": "copilot-chat"})

    assert ("copilot", None, 500) == (row["dialect"], row["reason"], row["input_tokens"])
