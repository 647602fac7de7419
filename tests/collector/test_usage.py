"""Which of a span's many counts are read (rule C1)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.flattening import row_of, rows_of
from harness.otlp import SpanSpec

TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens", "reasoning_tokens")
INPUT = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
OUTPUT = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
CACHE_READ = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.cache_read_tokens",
    "gen_ai.usage.details.cache_read_tokens",
    "gen_ai.usage.input_tokens.cached",
    "gen_ai.usage.input_tokens.cache_read",
    "gen_ai.usage.prompt_tokens_details.cached_tokens",
    "gen_ai.usage.cached_tokens",
)
CACHE_CREATION = (
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write_input_tokens",
    "gen_ai.usage.cache_write_tokens",
    "gen_ai.usage.input_tokens.cache_write",
    "gen_ai.usage.input_tokens.cache_creation",
    "gen_ai.usage.details.cache_write_tokens",
)
REASONING = (
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.output_tokens.reasoning",
    "gen_ai.usage.details.reasoning_tokens",
)
ORDERS = dict(zip(TOKENS, (INPUT, OUTPUT, CACHE_READ, CACHE_CREATION, REASONING), strict=True))
OPENINFERENCE = {
    "input_tokens": "llm.token_count.prompt",
    "output_tokens": "llm.token_count.completion",
    "cache_read_tokens": "llm.token_count.prompt_details.cache_read",
    "cache_creation_tokens": "llm.token_count.prompt_details.cache_write",
    "reasoning_tokens": "llm.token_count.completion_details.reasoning",
}
OLDEST = {
    "input_tokens": "llm.usage.prompt_tokens",
    "output_tokens": "llm.usage.completion_tokens",
    "reasoning_tokens": "llm.usage.reasoning_tokens",
}


def _tokens(attributes: dict[str, Any]) -> tuple[int, ...]:
    """Return input, output, cache read, cache creation, reasoning."""
    row = row_of({"gen_ai.operation.name": "chat", **attributes})
    return tuple(row[name] for name in TOKENS)


@pytest.mark.parametrize(
    ("column", "attribute"),
    [(column, name) for column, names in ORDERS.items() for name in names]
    + list(OPENINFERENCE.items())
    + list(OLDEST.items()),
)
def test_c1_every_alias_alone_fills_its_column(column: str, attribute: str) -> None:
    """C1: current, deprecated, OpenInference and OpenLLMetry names are all read.

    What is cached is input (C2), what is reasoned is output (C3), also where those are not reported.
    """
    whole = {"cache_read_tokens": "input_tokens", "cache_creation_tokens": "input_tokens"}
    filled = {column, whole.get(column, column), "output_tokens" if column == "reasoning_tokens" else column}

    assert tuple(7 if name in filled else 0 for name in TOKENS) == _tokens({attribute: 7})


@pytest.mark.parametrize("column", ORDERS)
@given(data=st.data())
def test_c1_the_first_alias_present_wins_and_none_are_added(column: str, data: st.DataObject) -> None:
    """C1: of any subset of aliases, sent in any order, the first of the table is the count."""
    names = ORDERS[column]
    sent = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    first = min(sent, key=names.index)

    assert (
        names.index(first) + 100
        == _tokens({name: names.index(name) + 100 for name in sent})[TOKENS.index(column)]
    )


@pytest.mark.parametrize("unreadable", [True, -5, 1.5, "many", "", float("nan"), [3], None, 2**60])
def test_c1_an_unreadable_first_alias_does_not_hide_the_second(unreadable: Any) -> None:
    """C1: a count that C0 rejects is as good as absent."""
    assert (30, 0, 0, 0, 0) == _tokens({INPUT[0]: unreadable, INPUT[1]: 30})


def test_c1_a_first_alias_of_zero_wins() -> None:
    """C1: zero is a count, not an absence."""
    assert (0, 0, 0, 0, 0) == _tokens({INPUT[0]: 0, INPUT[1]: 30})


VOCABULARIES = {
    "the first of the table": (
        {INPUT[0]: 100, OUTPUT[0]: 20, "llm.token_count.prompt": 90},
        (100, 20, 0, 0, 0),
    ),
    "the second beside the oldest": (
        {"llm.token_count.prompt": 90, "llm.usage.prompt_tokens": 80, "llm.usage.completion_tokens": 8},
        (90, 0, 0, 0, 0),
    ),
    "the one with a cache read": (
        {
            INPUT[0]: 40,
            OUTPUT[0]: 20,
            "llm.token_count.prompt": 100,
            "llm.token_count.completion": 21,
            "llm.token_count.prompt_details.cache_read": 60,
        },
        (100, 21, 60, 0, 0),
    ),
    "the one with a cache write": (
        {INPUT[0]: 40, "llm.token_count.prompt": 100, "llm.token_count.prompt_details.cache_write": 60},
        (100, 0, 0, 60, 0),
    ),
    "both with a cache split: the first of the table": (
        {
            INPUT[0]: 100,
            CACHE_READ[1]: 50,
            "llm.token_count.prompt": 90,
            "llm.token_count.prompt_details.cache_read": 60,
        },
        (100, 0, 50, 0, 0),
    ),
    "a split of its own without any total is not preferred": (
        {INPUT[0]: 100, OUTPUT[0]: 20, "llm.token_count.prompt_details.cache_read": 60},
        (100, 20, 60, 0, 0),
    ),
    "its missing output is not taken from another": (
        {INPUT[0]: 100, "llm.token_count.prompt": 90, "llm.token_count.completion": 21},
        (100, 0, 0, 0, 0),
    ),
}


@pytest.mark.parametrize(("attributes", "expected"), VOCABULARIES.values(), ids=VOCABULARIES)
def test_c1_one_vocabulary_is_read(attributes: dict[str, int], expected: tuple[int, ...]) -> None:
    """C1: the vocabulary with a cache split, else the first of the table; input and output never mix."""
    assert expected == _tokens(attributes)


COMPLETED = {
    "reasoning": ({"llm.token_count.completion_details.reasoning": 7}, (100, 20, 0, 0, 7)),
    "reasoning of the oldest names": ({"llm.usage.reasoning_tokens": 7}, (100, 20, 0, 0, 7)),
    "the earlier of two others": (
        {"llm.usage.reasoning_tokens": 7, "llm.token_count.completion_details.reasoning": 8},
        (100, 20, 0, 0, 8),
    ),
    "not what the first has": (
        {REASONING[0]: 5, "llm.token_count.completion_details.reasoning": 7},
        (100, 20, 0, 0, 5),
    ),
    "not even where the first says zero": (
        {REASONING[0]: 0, "llm.token_count.completion_details.reasoning": 7},
        (100, 20, 0, 0, 0),
    ),
}


@pytest.mark.parametrize(("beside", "expected"), COMPLETED.values(), ids=COMPLETED)
def test_c1_cache_and_reasoning_are_completed_from_another_vocabulary(
    beside: dict[str, int], expected: tuple[int, ...]
) -> None:
    """C1: only where the vocabulary that is read has none."""
    assert expected == _tokens({INPUT[0]: 100, OUTPUT[0]: 20, **beside})


def test_c1_totals_are_evidence_only() -> None:
    """C1: a total is never a count, nor are the subsets by modality."""
    totals = {"gen_ai.usage.total_tokens": 1, "llm.token_count.total": 2, "llm.usage.total_tokens": 4}
    subsets = {"gen_ai.usage.audio.input_tokens": 8, "llm.token_count.prompt_details.audio": 16}
    row = row_of({"gen_ai.operation.name": "chat", **totals, **subsets})

    assert ((0, 0, 0, 0, 0), "no_usage") == (tuple(row[name] for name in TOKENS), row["reason"])


def test_c0_counts_that_are_all_zero_are_usage() -> None:
    """C0: a record that reports zeros is counted and adds nothing; absent is another thing."""
    zero = row_of({"gen_ai.operation.name": "chat", INPUT[0]: 0, OUTPUT[0]: 0})
    absent = row_of({"gen_ai.operation.name": "chat"})

    assert (None, "no_usage") == (zero["reason"], absent["reason"])


def test_c1_spans_choose_their_vocabulary_singly() -> None:
    """C1: what one span of a batch reports does not change how another one is read."""
    one = SpanSpec({INPUT[0]: 40, "llm.token_count.prompt": 100, CACHE_READ[0]: 0})
    split = SpanSpec({INPUT[0]: 40, "llm.token_count.prompt": 100, OPENINFERENCE["cache_read_tokens"]: 60}, 2)

    assert [40, 100, 40] == [row["input_tokens"] for row in rows_of(one, split, SpanSpec(one.attributes, 3))]
