-- The rows of each hour (UTC) in all tables that move, and a number that changes with any value of any of them. A sum,
-- because two equal rows would take each other out of a bit_xor; trace_spans may have such.
SELECT
    hour,
    count(*) AS rows,
    sum(hashes) AS hashes
FROM (
    SELECT date_trunc('hour', timestamp) AS hour, hash(token_usage) AS hashes
    FROM token_usage
    UNION ALL
    SELECT date_trunc('hour', timestamp), hash(token_usage_uncounted)
    FROM token_usage_uncounted
    UNION ALL
    SELECT date_trunc('hour', timestamp), hash(trace_spans)
    FROM trace_spans
)
GROUP BY hour;
