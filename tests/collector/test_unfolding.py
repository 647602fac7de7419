"""JSON inside attributes."""

from typing import Any

import pytest

from harness.flattening import row_of, rows_of
from harness.otlp import CHAT, SpanSpec
from tokenlake_collector.flatten.langfuse import buckets

USAGE = "mlflow.chat.tokenUsage"


def _tokens(text: Any) -> tuple[int, int]:
    row = row_of({"mlflow.spanType": '"LLM"', USAGE: text})
    return row["input_tokens"], row["output_tokens"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "7",
        '"text"',
        "nonsense",
        '{"input_tokens": null, "output_tokens": true}',
        '{"input_tokens": [7], "output_tokens": {"a": 1}}',
        '{"input_tokens": -7, "output_tokens": 1.5}',
        '{"input_tokens": NaN, "output_tokens": 1e400}',
        f'{{"input_tokens": {10**30}}}',
        "[" * 100_000,
        7,
        True,
        ["{}"],
        None,
    ],
    ids=lambda text: repr(text)[:40],
)
def test_c0_json_that_says_nothing_is_absent(text: Any) -> None:
    """C0: malformed JSON, and values in it that are no counts."""
    assert (0, 0) == _tokens(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"input_tokens": 7, "output_tokens": 8}',
        '{"input_tokens": "7", "output_tokens": 8.0}',
        ' {"output_tokens": 8, "input_tokens": 7, "other": {"input_tokens": 9}} ',
        '"{\\"input_tokens\\": 7, \\"output_tokens\\": 8}"',
    ],
)
def test_c0_counts_inside_json_are_read_as_attributes_are(text: str) -> None:
    """C0: integers, integral doubles and decimal text; also when it was encoded twice."""
    assert (7, 8) == _tokens(text)


def test_json_of_one_span_says_nothing_of_another() -> None:
    """What is inside an attribute belongs to its own span."""
    specs = [SpanSpec({**CHAT, USAGE: f'{{"input_tokens": {n}}}'}, n) for n in (1, 2)]
    plain = SpanSpec({"mlflow.spanType": '"LLM"', USAGE: '{"input_tokens": 3}'}, 3)

    assert [100, 100, 3, 100] == [row["input_tokens"] for row in rows_of(*specs, plain, SpanSpec(CHAT, 4))]


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"input": 300, "output": 20}, {"input": 300, "bare_input": 300, "output": 20}),
        (
            {"input": 300, "input_cached_tokens": 600, "output": 20, "total": 920},
            {"input": 300, "bare_input": 300, "cache_read": 600, "output": 20},
        ),
        (
            {"input": 900, "input_cached_tokens": 600, "output": 20, "total": 920},
            {"input": 900, "cache_read": 600, "output": 20},
        ),
        (
            {"input": 300, "input_audio": 30, "input_cache_creation": 70, "output": 20},
            {"input": 300, "bare_input": 330, "cache_creation": 70, "output": 20},
        ),
        (
            {"input": 300, "output": 20, "output_reasoning": 5, "total": 325},
            {"input": 300, "bare_input": 300, "output": 25, "reasoning": 5},
        ),
        (
            {"input": 300, "output": 20, "output_reasoning": 5, "total": 320},
            {"input": 300, "bare_input": 300, "output": 20, "reasoning": 5},
        ),
        (
            {"input": 300, "output": 20, "output_reasoning": 5},
            {"input": 300, "bare_input": 300, "output": 25, "reasoning": 5},
        ),
        ({"input": 300}, {"input": 300, "bare_input": 300, "output": 0}),
        ({"input": True, "output": 20}, {"bare_input": 0, "output": 20}),
    ],
)
def test_langfuses_buckets_are_disjoint_unless_the_total_says_otherwise(
    usage: dict[str, Any], expected: dict[str, int]
) -> None:
    """7e: `total` tells whether input holds the cache and output the reasoning."""
    nothing = {"cache_read": 0, "cache_creation": 0, "reasoning": 0}

    assert nothing | expected == buckets(usage)


def test_other_forms_of_usage_have_no_buckets() -> None:
    """7e: OpenAI's and Anthropic's objects are passed on as they are."""
    assert {} == buckets({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3})


def test_a_raw_copy_alone_is_no_usage() -> None:
    """C1: a copy completes what is reported beside it, and counts nothing by itself."""
    raw = '{"cache_read_input_tokens": 5, "input_tokens": 7}'

    assert "no_usage" == row_of({"gen_ai.operation.name": "chat", "gen_ai.usage.raw": raw})["reason"]
