"""The order of a summary, and its first groups alone."""

import pytest
from duckdb import DuckDBPyConnection

from harness.ledger_rows import pick
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


@pytest.mark.parametrize("sort", ["model", "total_tokens; DROP TABLE token_usage", ""])
def test_only_figures_are_an_order(sort: str, calls: DuckDBPyConnection) -> None:
    """Anything else is refused before it comes near SQL."""
    with pytest.raises(ValueError, match="sort"):
        get_token_summary(sort=sort, source=calls)
