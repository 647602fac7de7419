"""How a provider answers: one JSON object, or a stream of server-sent events."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """The body of an answer with its content type."""

    content_type: str
    body: bytes


def whole(answer: Mapping[str, Any]) -> Reply:
    """Answer with one JSON object."""
    return Reply("application/json", json.dumps(answer).encode())


def streamed(events: Sequence[Mapping[str, Any]]) -> Reply:
    """Answer with events that are named by their `type`, as Anthropic and OpenAI's Responses do."""
    text = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    return Reply("text/event-stream", text.encode())


def chunked(chunks: Sequence[Mapping[str, Any]]) -> Reply:
    """Answer with nameless chunks and the closing mark of OpenAI's chat completions."""
    data = [*(json.dumps(chunk) for chunk in chunks), "[DONE]"]
    return Reply("text/event-stream", "".join(f"data: {line}\n\n" for line in data).encode())
