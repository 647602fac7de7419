-- The columns of a table or view, and what they mean.
SELECT column_name, data_type, comment
FROM duckdb_columns()
WHERE table_name = 'token_usage'
ORDER BY column_index;
