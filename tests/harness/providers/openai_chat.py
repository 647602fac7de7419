"""OpenAI's chat completions: `prompt_tokens` holds the cached ones, `completion_tokens` the reasoning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.providers.bills import Bill, Bills
from harness.providers.replies import Reply, chunked, whole

PATH = "/v1/chat/completions"


def chat_completions(request: Mapping[str, Any], account: str, bills: Bills) -> Reply:
    """Answer in words, or first with a call of the first tool that is offered."""
    bill = bills.charge(PATH, account, request["model"], writes_cache=False, answers=True)
    message = _message(request)
    if not request.get("stream"):
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(message)}
        return whole({**_head(bill, "chat.completion"), "choices": [choice], "usage": usage(bill)})
    head = _head(bill, "chat.completion.chunk")
    chunks: list[dict[str, Any]] = [
        {**head, "choices": [{"index": 0, "delta": _delta(message), "finish_reason": None}]},
        {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": _finish(message)}]},
    ]
    if (request.get("stream_options") or {}).get("include_usage"):
        chunks = [
            *({**chunk, "usage": None} for chunk in chunks),
            {**head, "choices": [], "usage": usage(bill)},
        ]
    return chunked(chunks)


def usage(bill: Bill) -> dict[str, Any]:
    """Return a bill as this API reports it."""
    return {
        "prompt_tokens": bill.input_tokens,
        "completion_tokens": bill.output_tokens,
        "total_tokens": bill.input_tokens + bill.output_tokens,
        "prompt_tokens_details": {"cached_tokens": bill.cache_read_tokens, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": bill.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _head(bill: Bill, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-stand-in-{bill.number:04}",
        "object": kind,
        "created": 1_780_000_000,
        "model": bill.model,
        "service_tier": "default",
        "system_fingerprint": None,
    }


def _message(request: Mapping[str, Any]) -> dict[str, Any]:
    answered = request["messages"][-1]["role"] == "tool"
    if not request.get("tools") or answered:
        return {"role": "assistant", "content": "It is sunny.", "refusal": None}
    function = {"name": request["tools"][0]["function"]["name"], "arguments": '{"city": "Paris"}'}
    call = {"id": "call_1", "type": "function", "function": function}
    return {"role": "assistant", "content": None, "refusal": None, "tool_calls": [call]}


def _delta(message: Mapping[str, Any]) -> dict[str, Any]:
    calls = [{**call, "index": index} for index, call in enumerate(message.get("tool_calls", []))]
    return {**message, "tool_calls": calls} if calls else dict(message)


def _finish(message: Mapping[str, Any]) -> str:
    return "tool_calls" if "tool_calls" in message else "stop"
