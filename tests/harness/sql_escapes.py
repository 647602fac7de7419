"""Statements that try to do more than read a ledger, by what they try."""

from __future__ import annotations

DEEP = 1200

ESCAPES = {
    # Files and the network.
    "copy a table out": "COPY token_usage TO '{folder}/stolen.csv'",
    "copy a query out": "COPY (SELECT 1) TO '{folder}/stolen.parquet'",
    "copy in": "COPY token_usage FROM '{folder}/secret.csv'",
    "export": "EXPORT DATABASE '{folder}/stolen'",
    "import": "IMPORT DATABASE '{folder}/stolen'",
    "attach a file": "ATTACH '{folder}/other.duckdb'",
    "attach memory": "ATTACH ':memory:' AS mine",
    "read_csv": "SELECT * FROM read_csv('{folder}/secret.csv')",
    "read_csv in a subquery": "SELECT (SELECT count(*) FROM read_csv_auto('{folder}/secret.csv'))",
    "read_csv in LIMIT": "SELECT 1 LIMIT (SELECT count(*) FROM read_csv('{folder}/secret.csv'))",
    "read_csv in a join": "SELECT * FROM unnest([1]) AS t, read_csv('{folder}/secret.csv')",
    "read_csv in EXISTS": "SELECT 1 WHERE EXISTS (FROM read_csv('{folder}/secret.csv'))",
    "read_csv in a union": "SELECT 1 UNION ALL SELECT 2 FROM read_csv('{folder}/secret.csv')",
    "read_text": "FROM read_text('{folder}/secret.csv')",
    "read_blob": "FROM read_blob('{folder}/secret.csv')",
    "read_json": "FROM read_json('{folder}/secret.csv')",
    "read_parquet": "FROM read_parquet('{folder}/secret.csv')",
    "sniff_csv": "FROM sniff_csv('{folder}/secret.csv')",
    "glob": "FROM glob('{folder}/*')",
    "a file as a table": "FROM '{folder}/secret.csv'",
    "a file as a quoted table": 'SELECT * FROM "{folder}/secret.csv"',
    "a file described": "DESCRIBE '{folder}/secret.csv'",
    "a file summarized": "SUMMARIZE '{folder}/secret.csv'",
    "a file beside a CTE of its name": (
        "SELECT (WITH \"{folder}/secret.csv\" AS (SELECT 1) SELECT 1), (SELECT 1 FROM '{folder}/secret.csv')"
    ),
    "a file that a Kelvin sign hides": (
        "WITH \"{folder}/\u212aeys.csv\" AS (SELECT 1) SELECT * FROM '{folder}/keys.csv'"
    ),
    "a URL as a table": "FROM 'https://example.com/secret.csv'",
    "parquet metadata": "FROM parquet_metadata('{folder}/secret.csv')",
    # The environment, secrets, settings.
    "getenv": "SELECT getenv('HOME')",
    "secrets": "FROM duckdb_secrets()",
    "which secret": "FROM which_secret('s3://a', 's3')",
    "create a secret": "CREATE SECRET mine (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "settings": "FROM duckdb_settings()",
    "settings as a view": "FROM duckdb_settings",
    "a setting": "SELECT current_setting('temp_directory')",
    "a variable": "SELECT getvariable('mine')",
    "databases with their paths": "FROM duckdb_databases()",
    "databases as a pragma": "FROM pragma_database_list",
    "show databases": "SHOW DATABASES",
    "the log": "FROM duckdb_logs",
    "pragma": "PRAGMA database_list",
    "pragma with a value": "PRAGMA threads = 1",
    "set": "SET threads = 1",
    "set global": "SET GLOBAL enable_external_access = true",
    "set a variable": "SET VARIABLE mine = 1",
    "reset": "RESET lock_configuration",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    # Changes.
    "insert": "INSERT INTO token_usage (model) VALUES ('mine')",
    "update": "UPDATE token_usage SET estimated_cost = 0",
    "delete": "DELETE FROM token_usage",
    "a CTE that deletes": "WITH gone AS (DELETE FROM token_usage RETURNING *) SELECT * FROM gone",
    "a CTE that inserts": (
        "WITH more AS (INSERT INTO token_usage (model) VALUES ('mine') RETURNING *) SELECT * FROM more"
    ),
    "merge": "MERGE INTO token_usage USING token_usage AS u ON true WHEN MATCHED THEN DELETE",
    "truncate": "TRUNCATE token_usage",
    "drop": "DROP TABLE token_usage",
    "alter": "ALTER TABLE token_usage DROP COLUMN user_id",
    "comment": "COMMENT ON TABLE token_usage IS 'mine'",
    "create a table": "CREATE TABLE mine AS SELECT 1",
    "create a temporary table": "CREATE TEMP TABLE mine AS SELECT 1",
    "create a view": "CREATE VIEW mine AS SELECT 1",
    "create a macro": "CREATE MACRO lower(x) AS 'mine'",
    "checkpoint": "CHECKPOINT",
    "checkpoint as a table": "FROM checkpoint()",
    "checkpoint called": "CALL checkpoint()",
    "vacuum": "VACUUM",
    "begin": "BEGIN",
    "use": "USE memory",
    "detach": "DETACH usage",
    "a sequence": "SELECT nextval('mine')",
    "write a log": "SELECT write_log('mine')",
    "log everything": "FROM enable_logging()",
    # SQL in SQL, and what is prepared.
    "query": "FROM query('FROM duckdb_settings()')",
    "query_table": "FROM query_table('trace_spans')",
    "serialized SQL": "FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "prepare": "PREPARE mine AS SELECT 1",
    "execute": "EXECUTE mine",
    "explain analyze": "EXPLAIN ANALYZE SELECT 1",
    "two statements": "SELECT 1; SELECT 2",
    "a statement behind a comment": "SELECT 1 /* ; */; DROP TABLE token_usage --",
    "a statement behind a NUL": "SELECT 1 \0; DROP TABLE token_usage",
    "a space of no width": "SEL\u200bECT 1",
    # Other tables and the process around the database.
    "the tree of spans": "FROM trace_spans",
    "the tree of spans behind a CTE of its name": "WITH trace_spans AS (FROM trace_spans) FROM trace_spans",
    "the tree of spans, quoted": 'SELECT * FROM "main"."trace_spans"',
    "the tree of spans in its database": "SELECT * FROM usage.main.trace_spans",
    "the migrations": "FROM tokenlake_migrations",
    "the catalogue of PostgreSQL": "FROM pg_catalog.pg_class",
    "the catalogue of SQLite": "FROM sqlite_master",
    "a Python variable": "FROM environ",
    "an Arrow pointer": "FROM arrow_scan(1, 2, 3)",
    "a Python function": "FROM python_map_function(1)",
    "stop the remote protocol": "FROM quack_stop('quack:localhost:9494')",
    "others on the remote protocol": "FROM quack_active_connections()",
    # Sizes that no limit of DuckDB's sees.
    "repeat": "SELECT repeat('x', 900000000)",
    "repeat as a table": "FROM repeat(1, 900000000000)",
    "lpad": "SELECT lpad('x', 900000000, 'y')",
    "a list of all numbers": "SELECT range(9000000000)",
    "a width in a template": "SELECT format('{{:900000000}}', 1)",
    "a width from a value": "SELECT format('{{:{{}}}}', 1, 900000000)",
    "a width in printf": "SELECT printf('%900000000d', 1)",
    "a width in a column": "SELECT printf(model) FROM token_usage",
    "sleep": "SELECT sleep_ms(900000)",
    "nothing": "",
    "brackets without end": f"SELECT {'[' * DEEP}1{']' * DEEP}",
    "text without end": f"SELECT '{'x' * 100_000}'",
}
"""SQL text with `{folder}` for one that holds secret.csv."""


def escape(name: str, folder: object) -> str:
    """Return one of the statements for a folder."""
    return ESCAPES[name].format(folder=folder)
