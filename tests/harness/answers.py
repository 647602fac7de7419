"""What providers answer, as JSON in the form of their documentation, and what each answer cost in tokens."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's JSON, and the attributes of a span about it, by hand from the provider's documentation."""

    body: dict[str, Any]
    attributes: dict[str, str | int]

    def as_object(self) -> Any:
        """Return the answer as an object with attributes, the way SDKs give it."""
        return json.loads(json.dumps(self.body), object_hook=lambda fields: SimpleNamespace(**fields))


ANSWERS = {
    "openai chat completion": Answer(
        {
            "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
            "object": "chat.completion",
            "created": 1741569952,
            "model": "gpt-5-2025-08-07",
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": "Hello!"}, "finish_reason": "stop"}
            ],
            "usage": {
                "prompt_tokens": 2006,
                "completion_tokens": 300,
                "total_tokens": 2306,
                "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 128, "audio_tokens": 0},
            },
        },
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.response.model": "gpt-5-2025-08-07",
            "gen_ai.response.id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
            "gen_ai.usage.input_tokens": 2006,
            "gen_ai.usage.output_tokens": 300,
            "gen_ai.usage.cache_read.input_tokens": 1920,
            "gen_ai.usage.reasoning.output_tokens": 128,
        },
    ),
    # With stream_options={"include_usage": True}: the last chunk has the usage and no choices.
    "openai last chunk": Answer(
        {
            "id": "chatcmpl-9",
            "object": "chat.completion.chunk",
            "created": 1741569952,
            "model": "gpt-4o-mini-2024-07-18",
            "choices": [],
            "usage": {"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29},
        },
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
            "gen_ai.response.id": "chatcmpl-9",
            "gen_ai.usage.input_tokens": 19,
            "gen_ai.usage.output_tokens": 10,
        },
    ),
    "openai response": Answer(
        {
            "id": "resp_67ccd2bed1ec8190b14f964abc054267",
            "object": "response",
            "created_at": 1741476542,
            "status": "completed",
            "model": "gpt-5-2025-08-07",
            "output": [],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": {
                "input_tokens": 1360,
                "input_tokens_details": {"cached_tokens": 1024, "cache_write_tokens": 256},
                "output_tokens": 87,
                "output_tokens_details": {"reasoning_tokens": 64},
                "total_tokens": 1447,
            },
        },
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.response.model": "gpt-5-2025-08-07",
            "gen_ai.response.id": "resp_67ccd2bed1ec8190b14f964abc054267",
            "gen_ai.usage.input_tokens": 1360,
            "gen_ai.usage.output_tokens": 87,
            "gen_ai.usage.cache_read.input_tokens": 1024,
            "gen_ai.usage.cache_creation.input_tokens": 256,
            "gen_ai.usage.reasoning.output_tokens": 64,
        },
    ),
    "openai embeddings": Answer(
        {
            "object": "list",
            "data": [{"object": "embedding", "index": 0, "embedding": [0.0023, -0.0093]}],
            "model": "text-embedding-3-small",
            "usage": {"prompt_tokens": 8, "total_tokens": 8},
        },
        {
            "gen_ai.operation.name": "embeddings",
            "gen_ai.provider.name": "openai",
            "gen_ai.response.model": "text-embedding-3-small",
            "gen_ai.usage.input_tokens": 8,
        },
    ),
    # Anthropic's input_tokens leave the cache out: 21 + 188,086 + 1,000 = 189,107.
    "anthropic message": Answer(
        {
            "id": "msg_013Zva2CMHLNnXjNJJKqJ2EF",
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-4-5-20250929",
            "content": [{"type": "text", "text": "Hi!"}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {
                "input_tokens": 21,
                "cache_creation_input_tokens": 1000,
                "cache_read_input_tokens": 188_086,
                "output_tokens": 393,
                "output_tokens_details": {"thinking_tokens": 200},
            },
        },
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "anthropic",
            "gen_ai.response.model": "claude-sonnet-4-5-20250929",
            "gen_ai.response.id": "msg_013Zva2CMHLNnXjNJJKqJ2EF",
            "gen_ai.usage.input_tokens": 189_107,
            "gen_ai.usage.output_tokens": 393,
            "gen_ai.usage.cache_read.input_tokens": 188_086,
            "gen_ai.usage.cache_creation.input_tokens": 1000,
            "gen_ai.usage.reasoning.output_tokens": 200,
        },
    ),
    # The totals leave the compaction out, which is billed: 23,000 + 180,000 in, 1,000 + 3,500 out.
    "anthropic message after compaction": Answer(
        {
            "id": "msg_compacted",
            "type": "message",
            "role": "assistant",
            "model": "claude-opus-4-6",
            "content": [],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {
                "input_tokens": 23_000,
                "output_tokens": 1000,
                "iterations": [
                    {
                        "type": "compaction",
                        "input_tokens": 180_000,
                        "output_tokens": 3500,
                        "cache_creation_input_tokens": 0,
                        "cache_read_input_tokens": 0,
                    },
                    {
                        "type": "message",
                        "input_tokens": 23_000,
                        "output_tokens": 1000,
                        "cache_creation_input_tokens": 0,
                        "cache_read_input_tokens": 0,
                    },
                ],
            },
        },
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "anthropic",
            "gen_ai.response.model": "claude-opus-4-6",
            "gen_ai.response.id": "msg_compacted",
            "gen_ai.usage.input_tokens": 203_000,
            "gen_ai.usage.output_tokens": 4500,
            "gen_ai.usage.cache_read.input_tokens": 0,
            "gen_ai.usage.cache_creation.input_tokens": 0,
        },
    ),
    # Tool prompts are beside the prompt, thoughts beside the candidates: 1,000 + 30 + 100 + 40 = 1,170.
    "gemini": Answer(
        {
            "candidates": [
                {"content": {"parts": [{"text": "Hi"}], "role": "model"}, "finishReason": "STOP", "index": 0}
            ],
            "usageMetadata": {
                "promptTokenCount": 1000,
                "candidatesTokenCount": 100,
                "totalTokenCount": 1170,
                "cachedContentTokenCount": 600,
                "thoughtsTokenCount": 40,
                "toolUsePromptTokenCount": 30,
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 1000}],
            },
            "modelVersion": "gemini-2.5-flash",
            "responseId": "mAitaLmkHPPlz7IPvtfUqQ4",
        },
        {
            "gen_ai.operation.name": "generate_content",
            "gen_ai.provider.name": "gcp.gemini",
            "gen_ai.response.model": "gemini-2.5-flash",
            "gen_ai.response.id": "mAitaLmkHPPlz7IPvtfUqQ4",
            "gen_ai.usage.input_tokens": 1030,
            "gen_ai.usage.output_tokens": 140,
            "gen_ai.usage.cache_read.input_tokens": 600,
            "gen_ai.usage.reasoning.output_tokens": 40,
        },
    ),
}
"""By name."""
