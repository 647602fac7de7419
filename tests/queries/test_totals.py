"""One total."""

from datetime import UTC, datetime

from duckdb import DuckDBPyConnection

from harness.ledger_rows import insert_row
from tokenlake_queries import get_token_total

NOTHING = {
    "calls": 0,
    "errors": 0,
    "input_tokens": 0,
    "output_tokens": 0,
    "total_tokens": 0,
    "cache_read_tokens": 0,
    "cache_creation_tokens": 0,
    "reasoning_tokens": 0,
    "estimated_cost": 0.0,
    "reported_cost": 0.0,
    "computed_cost": 0.0,
    "unpriced_calls": 0,
}


def test_empty_table_is_all_zeros(table: DuckDBPyConnection) -> None:
    """An empty table has a total of zeros, the cost a float."""
    expected = [(key, value, type(value)) for key, value in NOTHING.items()]

    total = get_token_total(source=table)

    assert expected == [(key, value, type(value)) for key, value in total.items()]


def test_filled_table(table: DuckDBPyConnection) -> None:
    """The total adds every row."""
    insert_row(table, "2026-03-01", input_tokens=1000, output_tokens=500, estimated_cost=0.25)
    insert_row(table, "1999-01-01", input_tokens=10, output_tokens=5, reasoning_tokens=4, cache_read_tokens=7)
    insert_row(table, "2026-03-02", error_type="rate_limit")
    expected = NOTHING | {
        "calls": 3,
        "errors": 1,
        "input_tokens": 1010,
        "output_tokens": 505,
        "total_tokens": 1515,
        "cache_read_tokens": 7,
        "reasoning_tokens": 4,
        "estimated_cost": 0.25,
        "reported_cost": 0.0,
        "computed_cost": 0.0,
        "unpriced_calls": 1,
    }

    assert expected == get_token_total(source=table)


def test_range_includes_its_start_and_excludes_its_end(table: DuckDBPyConnection) -> None:
    """To the microsecond: the row at the start counts, the row at the end does not."""
    insert_row(table, "2026-03-01 00:00:00", input_tokens=1)
    insert_row(table, "2026-03-01 23:59:59.999999", input_tokens=10)
    insert_row(table, "2026-03-02 00:00:00", input_tokens=100)
    start, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    expected = 11

    assert expected == get_token_total(start, end, source=table)["total_tokens"]


def test_filters_on_a_range_without_rows(table: DuckDBPyConnection) -> None:
    """A filter that nothing matches gives zeros."""
    insert_row(table, "2026-03-01", input_tokens=1, model="a")
    expected = NOTHING

    assert expected == get_token_total(filters={"model": "b"}, source=table)


def test_both_sides_of_the_cost_are_there(table: DuckDBPyConnection) -> None:
    """What senders reported and what prices gave, beside what is taken for true."""
    insert_row(table, "2026-03-01", input_tokens=1, estimated_cost=0.5, reported_cost=0.5, computed_cost=0.75)
    insert_row(table, "2026-03-01", input_tokens=1, estimated_cost=0.25, computed_cost=0.25)
    total = get_token_total(source=table)
    expected = (0.75, 0.5, 1.0)

    assert expected == (total["estimated_cost"], total["reported_cost"], total["computed_cost"])
