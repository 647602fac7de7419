"""The order of a summary, and its first groups alone."""

import pytest
from duckdb import DuckDBPyConnection

from harness.ledger_rows import insert_row, pick
from tokenlake_queries import get_token_summary


@pytest.mark.parametrize(
    ("sort", "endpoints"),
    [
        ("total_tokens", [("openai",), ("anthropic",)]),
        ("estimated_cost", [("anthropic",), ("openai",)]),
        ("errors", [("anthropic",), ("openai",)]),
    ],
)
def test_the_largest_figure_is_first(
    sort: str, endpoints: list[tuple[str]], calls: DuckDBPyConnection
) -> None:
    """Openai has most tokens, anthropic the costs and the errors."""
    assert endpoints == pick(get_token_summary(sort=sort, source=calls), "endpoint_name")


def test_a_limit_keeps_the_first(calls: DuckDBPyConnection) -> None:
    """One group of two; none at all with 0."""
    assert [("openai",)] == pick(get_token_summary(limit=1, source=calls), "endpoint_name")
    assert [] == get_token_summary(limit=0, source=calls)


def test_a_sum_beyond_64_bits_is_the_largest(table: DuckDBPyConnection) -> None:
    """Of two groups the one of 18 * 10**18 tokens is the first, and the only one of a page of one."""
    for model, tokens in (("small", 1), ("large", 9 * 10**18), ("large", 9 * 10**18)):
        insert_row(table, "2026-03-01", model=model, input_tokens=tokens)

    found = get_token_summary("model", limit=1, source=table)

    assert [("large", 18 * 10**18)] == pick(found, "model", "total_tokens")


@pytest.mark.parametrize("sort", ["model", "total_tokens; DROP TABLE token_usage", ""])
def test_only_figures_are_an_order(sort: str, calls: DuckDBPyConnection) -> None:
    """Anything else is refused before it comes near SQL."""
    with pytest.raises(ValueError, match="sort"):
        get_token_summary(sort=sort, source=calls)
