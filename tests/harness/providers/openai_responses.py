"""OpenAI's responses: `input_tokens` holds the cached ones, `output_tokens` the reasoning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.providers.bills import Bill, Bills
from harness.providers.replies import Reply, streamed, whole

PATH = "/v1/responses"


def responses(request: Mapping[str, Any], account: str, bills: Bills) -> Reply:
    """Answer in words, or first with a call of the first tool that is offered."""
    bill = bills.charge(PATH, account, request["model"], writes_cache=False, answers=True)
    answer = _answer(bill, _item(bill, request))
    return streamed(_events(answer)) if request.get("stream") else whole(answer)


def usage(bill: Bill) -> dict[str, Any]:
    """Return a bill as this API reports it."""
    return {
        "input_tokens": bill.input_tokens,
        "input_tokens_details": {"cached_tokens": bill.cache_read_tokens, "cache_write_tokens": 0},
        "output_tokens": bill.output_tokens,
        "output_tokens_details": {"reasoning_tokens": bill.reasoning_tokens},
        "total_tokens": bill.input_tokens + bill.output_tokens,
    }


def _answer(bill: Bill, item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"resp_stand_in_{bill.number:04}",
        "object": "response",
        "created_at": 1_780_000_000,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": bill.model,
        "output": [item],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": usage(bill),
    }


def _item(bill: Bill, request: Mapping[str, Any]) -> dict[str, Any]:
    prompt = request["input"]
    answered = isinstance(prompt, list) and prompt[-1].get("type") == "function_call_output"
    if not request.get("tools") or answered:
        text = {"type": "output_text", "text": "It is sunny.", "annotations": [], "logprobs": []}
        identity = {"id": f"msg_{bill.number:04}", "type": "message", "status": "completed"}
        return {**identity, "role": "assistant", "content": [text]}
    function = {"name": request["tools"][0]["name"], "arguments": '{"city": "Paris"}'}
    identity = {"id": f"fc_{bill.number:04}", "type": "function_call", "status": "completed"}
    return {**identity, "call_id": "call_1", **function}


def _events(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    started = {**answer, "status": "in_progress", "output": [], "usage": None}
    [item] = answer["output"]
    events = [
        {"type": "response.created", "response": started},
        *_parts(item),
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": dict(answer)},
    ]
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


def _parts(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    place = {"item_id": item["id"], "output_index": 0}
    added = {"type": "response.output_item.added", "output_index": 0}
    if item["type"] == "function_call":
        arguments = {"type": "response.function_call_arguments.delta", **place, "delta": item["arguments"]}
        return [{**added, "item": {**item, "arguments": ""}}, arguments]
    [part] = item["content"]
    place["content_index"] = 0
    text = {**place, "logprobs": []}
    return [
        {**added, "item": {**item, "content": []}},
        {"type": "response.content_part.added", **place, "part": {**part, "text": ""}},
        {"type": "response.output_text.delta", **text, "delta": part["text"]},
        {"type": "response.output_text.done", **text, "text": part["text"]},
        {"type": "response.content_part.done", **place, "part": part},
    ]
