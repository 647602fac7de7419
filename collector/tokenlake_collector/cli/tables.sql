-- What can be read: tables first, then views.
SELECT table_name AS name, comment
FROM duckdb_tables()
WHERE table_name IN ('token_usage', 'token_usage_uncounted')
UNION ALL
SELECT view_name, comment
FROM duckdb_views()
WHERE NOT internal;
