"""What the guard lets through: all that reads a ledger."""

from __future__ import annotations

import duckdb
import pytest

from tokenlake_collector.live_sql import Refused, check
from tokenlake_collector.live_sql.catalog import allowed_functions

READING = [
    "SELECT 1;;",
    "/* why */ SELECT 1 -- so",
    "FROM token_usage",
    "TABLE token_usage_uncounted",
    "SELECT * FROM main.token_usage",
    "SELECT * FROM TOKEN_USAGE AS t, daily_usage, session_usage, model_usage, unpriced_models, doubtful_rows",
    "DESCRIBE token_usage",
    "SUMMARIZE SELECT model FROM token_usage",
    "SHOW TABLES",
    "SHOW",
    "VALUES (1, 'a')",
    "WITH a AS (SELECT 1), b AS (FROM a) FROM b, a",
    "WITH token_usage AS (SELECT 1) FROM token_usage",
    "WITH RECURSIVE r AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM r WHERE x < 3) FROM r",
    "SELECT * FROM range(10) AS t(i), LATERAL (SELECT i)",
    "SELECT unnest([1, 2]), [x + 1 FOR x IN [1, 2] IF x > 1], list_transform([1], lambda x: x + 1)",
    (
        "SELECT sum(input_tokens) OVER (ORDER BY timestamp ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), "
        "row_number() OVER () FROM token_usage QUALIFY row_number() OVER () = 1"
    ),
    (
        "SELECT count(DISTINCT model) FILTER (model IS NOT NULL), quantile_cont(duration_ms, [0.5, 0.9]), "
        "percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms), arg_max(model, (timestamp, model)), "
        "string_agg(model, ',' ORDER BY model), fsum(estimated_cost) FROM token_usage GROUP BY CUBE (channel)"
    ),
    "SELECT printf('%016x', span_id), format('{:>20}', model), attributes->>'$.team' FROM token_usage",
    (
        "SELECT date_trunc('month', timestamp AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin'), now(), "
        "today(), extract(year FROM timestamp), strftime(timestamp, '%Y'), INTERVAL 1 DAY FROM token_usage"
    ),
    (
        "SELECT coalesce(a, 1), ifnull(a, 1), nullif(a, 1), if(a = 1, 2, 3), CASE WHEN a = 1 THEN 2 END, "
        "a::DECIMAL(10, 2), a::VARCHAR LIKE 'x%', a::VARCHAR SIMILAR TO 'x', {'b': a}.b, random() "
        "FROM (SELECT 1 AS a)"
    ),
    "SELECT * EXCLUDE (id) REPLACE (1 AS model), COLUMNS('.*_tokens') FROM token_usage",
    "SELECT * FROM token_usage PIVOT (sum(input_tokens) FOR channel IN ('web', 'telegram'))",
    "SELECT * FROM token_usage AS a ASOF JOIN token_usage AS b USING (session_id, timestamp)",
    "FROM (FROM token_usage SELECT model) UNION ALL BY NAME FROM model_usage USING SAMPLE 10%",
    "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'token_usage'",
    "SELECT table_name FROM information_schema.tables",
    "SELECT $1 + 1, 'a' || $1",
    "SELECT " + " + ".join(["1"] * 300),
    "SELECT 1 WHERE " + " AND ".join(["1 = 1"] * 500),
]


@pytest.mark.parametrize("sql", READING)
def test_what_reads_passes(sql: str) -> None:
    """Nobody has to learn a smaller SQL."""
    check(sql)


@pytest.mark.parametrize("sql", READING)
def test_what_passes_is_sql(sql: str) -> None:
    """The list above is of statements that DuckDB parses as one, so that it can prove something."""
    assert 1 == len(duckdb.extract_statements(sql))


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("", "0 statements"),
        ("SELECT 1; SELECT 2", "2 statements"),
        ("DROP TABLE token_usage", "only SELECT"),
        ("SELEC 1", "syntax error"),
        ("FROM trace_spans", "daily_usage"),
        ("FROM read_csv('x')", "'read_csv' is not allowed here"),
        ("SELECT getenv('x')", "docs/sql.md"),
        ("SELECT * FROM usage.main.token_usage", "leave the database out"),
    ],
)
def test_a_refusal_says_what_is_wrong(sql: str, words: str) -> None:
    """The thing is named, and what is allowed."""
    with pytest.raises(Refused, match=words):
        check(sql)


def test_functions_that_this_version_calls_volatile_are_not_allowed() -> None:
    """Whatever a DuckDB adds: what is not pure needs a decision of ours first."""
    volatile = (
        "SELECT DISTINCT function_name FROM duckdb_functions() "
        "WHERE stability = 'VOLATILE' AND function_name NOT IN ('random', 'error') "
        "AND function_name NOT LIKE '%uuid%'"
    )
    with duckdb.connect() as connection:
        found = {name for (name,) in connection.execute(volatile).fetchall()}
        allowed = allowed_functions(connection)

    assert {"nextval", "write_log"} <= found
    assert set() == found & allowed


def test_a_function_of_this_process_is_not_allowed() -> None:
    """One that is registered elsewhere is unknown to the guard."""
    with duckdb.connect() as connection:
        connection.create_function("mine", lambda: 1, [], duckdb.sqltypes.BIGINT)
        with pytest.raises(Refused, match="mine"):
            check("SELECT mine()")
