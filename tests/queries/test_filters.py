"""Filters: which rows count."""

from duckdb import DuckDBPyConnection

from harness.ledger_rows import insert_row, pick
from tokenlake_queries import get_token_summary

HOSTILE = "'; DROP TABLE token_usage; -- $start /*$end*/ \" \\ %s ? \N{SNOWMAN}"


def test_filters_on_several_columns_all_hold(calls: DuckDBPyConnection) -> None:
    """A filter's values are alternatives, filters on several columns hold together."""
    filters = {"model": ["m1", "m3"], "user_id": "ann"}
    expected = [("anthropic", 110)]

    assert expected == pick(get_token_summary(filters=filters, source=calls), "endpoint_name", "total_tokens")


def test_filter_none_is_the_absent_value(calls: DuckDBPyConnection) -> None:
    """None matches NULL, alone or among other values."""
    alone = get_token_summary("channel", filters={"channel": None}, source=calls)
    among = get_token_summary("channel", filters={"channel": ["web", None]}, source=calls)
    expected = ([(None,)], [(None,), ("web",)])

    assert expected == (pick(alone, "channel"), pick(among, "channel"))


def test_filter_values_are_bound(calls: DuckDBPyConnection) -> None:
    """A value full of SQL is compared as the text that it is, and harms nothing."""
    insert_row(calls, "2026-03-02", model=HOSTILE, input_tokens=3)

    rows = get_token_summary("model", filters={"model": [HOSTILE, "' OR true --"]}, source=calls)

    assert pick(rows, "model", "total_tokens") == [(HOSTILE, 3)]
    expected = [(5,)]

    assert expected == calls.execute("SELECT count(*) FROM token_usage").fetchall()
