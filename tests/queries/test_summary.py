"""Totals of every group."""

import pytest
from duckdb import DuckDBPyConnection

from harness.ledger_rows import insert_row, pick
from tokenlake_queries import GROUP_COLUMNS, get_stats_by_channel, get_stats_by_user, get_token_summary


def test_by_endpoint(calls: DuckDBPyConnection) -> None:
    """The default is one row per endpoint, the one with most tokens first, all figures in their order."""
    openai = {
        "endpoint_name": "openai",
        "calls": 1,
        "errors": 0,
        "input_tokens": 1000,
        "output_tokens": 0,
        "total_tokens": 1000,
        "cache_read_tokens": 0,
        "cache_creation_tokens": 0,
        "reasoning_tokens": 0,
        "estimated_cost": 0.0,
        "reported_cost": 0.0,
        "computed_cost": 0.0,
        "unpriced_calls": 1,
    }
    anthropic = {
        "endpoint_name": "anthropic",
        "calls": 3,
        "errors": 1,
        "input_tokens": 300,
        "output_tokens": 30,
        "total_tokens": 330,
        "cache_read_tokens": 0,
        "cache_creation_tokens": 0,
        "reasoning_tokens": 0,
        "estimated_cost": pytest.approx(0.3),
        "reported_cost": 0.0,
        "computed_cost": 0.0,
        "unpriced_calls": 0,
    }

    rows = get_token_summary(source=calls)

    assert [openai, anthropic] == rows
    assert [list(openai), list(anthropic)] == [list(row) for row in rows]


def test_by_operation_type(calls: DuckDBPyConnection) -> None:
    """Totals by operation type."""
    rows = get_token_summary("operation_type", source=calls)
    expected = [("embeddings", 1000, 1), ("chat", 330, 3)]

    assert expected == pick(rows, "operation_type", "total_tokens", "calls")


@pytest.mark.parametrize(
    "group_by", [["endpoint_name", "model"], "endpoint_name, model", ("endpoint_name", "model")]
)
def test_by_several_columns(calls: DuckDBPyConnection, group_by: str | list[str]) -> None:
    """Several columns, as a sequence or with commas, are grouped together and come first in their order."""
    rows = get_token_summary(group_by, source=calls)
    expected = [("openai", "m3", 1000), ("anthropic", "m2", 220), ("anthropic", "m1", 110)]
    assert expected == pick(rows, "endpoint_name", "model", "total_tokens")
    assert all(list(row)[:3] == ["endpoint_name", "model", "calls"] for row in rows)


def test_by_user(calls: DuckDBPyConnection) -> None:
    """Statistics by user."""
    rows = get_stats_by_user(source=calls)
    expected = [("bob", 1000), ("ann", 330)]

    assert expected == pick(rows, "user_id", "total_tokens")


def test_by_channel(calls: DuckDBPyConnection) -> None:
    """Statistics by channel; calls without one are the group None, so that the sums match."""
    rows = get_stats_by_channel(source=calls)
    expected = [(None, 1000), ("web", 330)]

    assert expected == pick(rows, "channel", "total_tokens")


@pytest.mark.parametrize("column", GROUP_COLUMNS)
def test_every_allowed_column_groups(table: DuckDBPyConnection, column: str) -> None:
    """Each column of the allow-list can be grouped by; the absent value is a group of its own."""
    insert_row(table, "2026-03-01", input_tokens=5, **{column: "x"})
    insert_row(table, "2026-03-01", input_tokens=7)

    rows = get_token_summary(column, source=table)
    expected = [(None, 7), ("x", 5)]

    assert expected == pick(rows, column, "total_tokens")


def test_equal_groups_are_in_the_order_of_their_names(table: DuckDBPyConnection) -> None:
    """Groups with the same number of tokens are sorted by the grouped columns, the absent value last."""
    for model in ("b", None, "a", "c"):
        insert_row(table, "2026-03-01", model=model, input_tokens=1)
    expected = ["a", "b", "c", None]

    assert expected == [row["model"] for row in get_token_summary("model", source=table)]


def test_empty_table_has_no_groups(table: DuckDBPyConnection) -> None:
    """Without rows there are no groups."""
    assert not get_token_summary(source=table)


def test_start_is_inclusive_and_end_exclusive(calls: DuckDBPyConnection) -> None:
    """Of the calls at 10, 11, 12 and 13 o'clock, the range from 11 to 13 holds two."""
    rows = get_token_summary("endpoint_name", "2026-03-01T11:00", "2026-03-01T13:00", source=calls)
    expected = [("anthropic", 2, 220)]

    assert expected == pick(rows, "endpoint_name", "calls", "total_tokens")


def test_bounds_are_local_times_of_the_zone(calls: DuckDBPyConnection) -> None:
    """A bound without an offset is local: 19:00 in Shanghai is 11:00 UTC."""
    rows = get_stats_by_user("2026-03-01T19:00", "2026-03-01T20:00", timezone="Asia/Shanghai", source=calls)
    expected = [("ann", 220)]

    assert expected == pick(rows, "user_id", "total_tokens")


def test_metric_rows_have_tokens_and_no_calls(table: DuckDBPyConnection) -> None:
    """A row from a metric adds tokens, not a call."""
    insert_row(table, "2026-03-01", model="m", signal="metric", input_tokens=40)
    insert_row(table, "2026-03-01", model="m", signal="span", input_tokens=2)

    (row,) = get_token_summary("model", source=table)
    expected = (1, 42)

    assert expected == (row["calls"], row["total_tokens"])


def test_subsets_of_tokens_are_not_added_to_the_total(table: DuckDBPyConnection) -> None:
    """Cached and reasoning tokens are part of input and output."""
    insert_row(
        table,
        "2026-03-01",
        input_tokens=100,
        output_tokens=50,
        cache_read_tokens=60,
        cache_creation_tokens=30,
        reasoning_tokens=20,
    )

    (row,) = get_token_summary(source=table)
    expected = (150, 60, 30, 20)

    assert expected == (
        row["total_tokens"],
        row["cache_read_tokens"],
        row["cache_creation_tokens"],
        row["reasoning_tokens"],
    )


def test_failed_calls_without_tokens_are_not_unpriced(table: DuckDBPyConnection) -> None:
    """Only calls that have tokens need a price; a price of zero is a price."""
    insert_row(table, "2026-03-01", error_type="timeout")
    insert_row(table, "2026-03-01", input_tokens=5, estimated_cost=0.0)
    insert_row(table, "2026-03-01", output_tokens=5)

    (row,) = get_token_summary(source=table)
    expected = (3, 1)

    assert expected == (row["calls"], row["unpriced_calls"])


def test_figures_are_plain_int_and_float(table: DuckDBPyConnection) -> None:
    """Sums beyond 64 bits are exact Python integers, and only the cost is a float."""
    for _ in range(3):
        insert_row(table, "2026-03-01", model="m", input_tokens=2**63 - 1, estimated_cost=1.5)

    (row,) = get_token_summary("model", source=table)
    types = {key: type(value) for key, value in row.items() if type(value) is not int}
    expected = (
        {"model": str, "estimated_cost": float, "reported_cost": float, "computed_cost": float},
        27670116110564327421,
        4.5,
    )

    assert expected == (types, row["total_tokens"], row["estimated_cost"])


def test_costs_are_summed_without_rounding_noise(table: DuckDBPyConnection) -> None:
    """A hundred thousand dimes are ten thousand dollars, where plain addition is off."""
    table.execute(
        "INSERT INTO token_usage (timestamp, estimated_cost) SELECT '2026-03-01', 0.1 FROM range(100000)"
    )

    (row,) = get_token_summary(source=table)
    expected = 10_000.0

    assert expected == row["estimated_cost"]


def test_order_is_by_tokens(table: DuckDBPyConnection) -> None:
    """Groups come in descending order of input plus output."""
    for number in (3, 1, 2, 5, 4):
        insert_row(
            table, "2026-03-01", model=f"m{number}", input_tokens=10 - number, output_tokens=2 * number
        )

    totals = [row["total_tokens"] for row in get_token_summary("model", source=table)]
    expected = [15, 14, 13, 12, 11]

    assert expected == totals


@pytest.mark.parametrize(
    "group_by",
    ["attributes", "input_tokens", "model; DROP TABLE token_usage", "model,", "MODEL", ["model", 5], 5],
)
def test_other_columns_are_refused(table: DuckDBPyConnection, group_by: str) -> None:
    """Anything outside the allow-list is an error that lists what is allowed."""
    with pytest.raises(
        ValueError, match=r"group_by=.* is not allowed: choose from endpoint_name, .*, signal"
    ):
        get_token_summary(group_by, source=table)


@pytest.mark.parametrize("group_by", ["", [], None])
def test_no_column_is_refused(table: DuckDBPyConnection, group_by: str) -> None:
    """A summary needs a column to group by."""
    with pytest.raises(ValueError, match=r"group_by=.* names no column: choose from endpoint_name"):
        get_token_summary(group_by, source=table)
