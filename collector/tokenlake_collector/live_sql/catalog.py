"""What a statement may name: tables and functions, as tables."""

from __future__ import annotations

import duckdb

TABLES = frozenset(
    {
        "token_usage",
        "token_usage_uncounted",
        "daily_usage",
        "session_usage",
        "model_usage",
        "unpriced_models",
        "doubtful_rows",
    }
)
"""The two tables and the views over them. The tree of spans and the list of migrations are our own affair."""

INFORMATION_SCHEMA = frozenset({"tables", "columns", "schemata"})
"""What SQL tools read to show tables, columns and their comments; nothing in it is a path or a setting."""

TABLE_FUNCTIONS = frozenset(
    {
        "range",
        "generate_series",
        "unnest",
        # The catalogue again, with comments. DuckDB's own ATTACH over the network asks the first two.
        "duckdb_tables",
        "duckdb_views",
        "duckdb_columns",
    }
)
"""Allowed by name. A function that returns a table may read files, run text as SQL, or stop a server."""

_SYNTAX = frozenset({"unnest", "->", "coalesce", "if", "overlay", "percentile_cont", "percentile_disc"})
"""What the parser makes a function of and the catalogue does not list."""

_HARMLESS = frozenset({"random", "uuid", "gen_random_uuid", "uuidv4", "uuidv7", "error"})
"""Functions that DuckDB calls volatile, and that change nothing."""

_REFUSED = frozenset(
    {
        # They tell about the server: its settings (paths, limits), variables, transactions.
        *("current_setting", "getvariable", "txid_current", "current_query", "in_search_path"),
        *("pg_sleep", "getenv"),
        # They make a value of any size out of a number. DuckDB's memory limit does not see it, and no
        # interrupt comes through: 900 million characters took 7 s and 1.8 GB.
        *("repeat", "lpad", "rpad", "bitstring", "list_resize", "array_resize", "range", "generate_series"),
    }
)

TEMPLATES = frozenset({"printf", "format"})
"""Functions whose first argument may ask for a width, which is a size as well."""


def allowed_functions(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Return the functions inside expressions that a statement may call.

    DuckDB itself says which of its functions are pure: nextval, write_log and what later versions add are
    not. What it does not know at all (an extension's, one made in this process) is not allowed either.
    """
    rows = connection.execute(
        "SELECT lower(function_name), bool_or(stability IS NOT DISTINCT FROM 'VOLATILE') "
        "FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate', 'window', 'macro') GROUP BY 1"
    ).fetchall()
    pure = {name for name, volatile in rows if not volatile}
    return frozenset((pure | _SYNTAX | _HARMLESS) - _REFUSED)
