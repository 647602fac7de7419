"""The stand-in reports usage as the providers document it; everything else here relies on that."""

from __future__ import annotations

from harness.providers import anthropic_messages, openai_chat, openai_responses
from harness.providers.bills import Bill

# 1,000 tokens in, of which 600 were read from a cache and 100 written to it; 200 out, 50 of them reasoning.
BILL = Bill(1, "/v1/messages", "alice", "model", 1_000, 600, 100, 200, 50)


def test_openai_counts_cached_tokens_inside_the_prompt() -> None:
    """Chat: 1,000 prompt tokens of which 600 are cached, 200 completion tokens of which 50 are reasoning."""
    usage = openai_chat.usage(BILL)

    assert (1_000, 200, 1_200) == (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"])
    assert 600 == usage["prompt_tokens_details"]["cached_tokens"]
    assert 50 == usage["completion_tokens_details"]["reasoning_tokens"]


def test_openais_responses_count_the_same_under_other_names() -> None:
    """Responses: input and output, with details of both."""
    usage = openai_responses.usage(BILL)

    assert (1_000, 200, 1_200) == (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"])
    assert 600 == usage["input_tokens_details"]["cached_tokens"]
    assert 50 == usage["output_tokens_details"]["reasoning_tokens"]


def test_anthropic_counts_cached_tokens_beside_the_input() -> None:
    """Messages: 1,000 - 600 - 100 = 300 input tokens beside the cache; thinking is inside the output."""
    usage = anthropic_messages.usage(BILL)
    cached = (usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"])

    assert (300, 200) == (usage["input_tokens"], usage["output_tokens"])
    assert (600, 100) == cached
    assert 50 == usage["output_tokens_details"]["thinking_tokens"]
