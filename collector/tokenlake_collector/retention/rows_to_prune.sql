-- The days (UTC) that have something older than `before`, with the rows of each table.
SELECT
    timestamp::DATE AS day,
    count(*) FILTER (name = 'token_usage') AS token_usage,
    count(*) FILTER (name = 'token_usage_uncounted') AS token_usage_uncounted,
    count(*) FILTER (name = 'trace_spans') AS trace_spans
FROM (
    SELECT timestamp, 'token_usage' AS name FROM token_usage
    UNION ALL
    SELECT timestamp, 'token_usage_uncounted' AS name FROM token_usage_uncounted
    UNION ALL
    SELECT timestamp, 'trace_spans' AS name FROM trace_spans
)
WHERE timestamp < $before
GROUP BY day
ORDER BY day;
