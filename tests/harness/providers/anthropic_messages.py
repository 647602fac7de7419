"""Anthropic's messages: `input_tokens` is what no cache had to do with; the cached ones stand beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.providers.bills import Bill, Bills
from harness.providers.replies import Reply, streamed, whole

PATH = "/v1/messages"


def messages(request: Mapping[str, Any], account: str, bills: Bills) -> Reply:
    """Answer in words, or first with a call of the first tool that is offered."""
    bill = bills.charge(PATH, account, request["model"], writes_cache=True, answers=True)
    answer = _answer(bill, _block(request))
    return streamed(_events(bill, answer)) if request.get("stream") else whole(answer)


def usage(bill: Bill) -> dict[str, Any]:
    """Return a bill as this API reports it: three disjoint parts of the input."""
    written = bill.cache_creation_tokens
    return {
        "input_tokens": bill.input_tokens - bill.cache_read_tokens - written,
        "cache_read_input_tokens": bill.cache_read_tokens,
        "cache_creation_input_tokens": written,
        "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
        "output_tokens": bill.output_tokens,
        "output_tokens_details": {"thinking_tokens": bill.reasoning_tokens},
        "service_tier": "standard",
    }


def _answer(bill: Bill, block: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"msg_stand_in_{bill.number:04}",
        "type": "message",
        "role": "assistant",
        "model": bill.model,
        "content": [block],
        "stop_reason": "tool_use" if block["type"] == "tool_use" else "end_turn",
        "stop_sequence": None,
        "usage": usage(bill),
    }


def _block(request: Mapping[str, Any]) -> dict[str, Any]:
    content = request["messages"][-1]["content"]
    answered = isinstance(content, list) and any(block["type"] == "tool_result" for block in content)
    if not request.get("tools") or answered:
        return {"type": "text", "text": "It is sunny."}
    name = request["tools"][0]["name"]
    return {"type": "tool_use", "id": "toolu_1", "name": name, "input": {"city": "Paris"}}


def _events(bill: Bill, answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    [block] = answer["content"]
    # The first event's output count is a placeholder; the last event's is the whole, not an addition.
    opening = {**usage(bill), "output_tokens": 1}
    started = {**answer, "content": [], "stop_reason": None, "usage": opening}
    empty, delta = _in_parts(block)
    closing = {"stop_reason": answer["stop_reason"], "stop_sequence": None}
    final = {
        key: count for key, count in usage(bill).items() if key not in ("cache_creation", "service_tier")
    }
    return [
        {"type": "message_start", "message": started},
        {"type": "content_block_start", "index": 0, "content_block": empty},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": closing, "usage": final},
        {"type": "message_stop"},
    ]


def _in_parts(block: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    if block["type"] == "text":
        return {"type": "text", "text": ""}, {"type": "text_delta", "text": block["text"]}
    return {**block, "input": {}}, {"type": "input_json_delta", "partial_json": '{"city": "Paris"}'}
