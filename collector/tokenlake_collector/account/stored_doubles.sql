-- Reports that may be doubles of the wanted ones, or of what is around these: of the same process, with the same counts, at
-- the same time, and no longer than such may be. Their places are found first, as in stored_reports.sql.
WITH counted AS (
    SELECT DISTINCT r.rowid AS place
    FROM token_usage AS r
    JOIN wanted_processes AS w
        ON r.service_name = w.service_name
        AND r.input_tokens = w.input_tokens
        AND r.output_tokens = w.output_tokens
        AND r.service_instance IS NOT DISTINCT FROM w.service_instance
    WHERE r.timestamp BETWEEN $first AND $last
        AND r.timestamp <= w.last
        AND r.timestamp + to_microseconds(CAST(coalesce(r.duration_ms, 0) * 1000 AS BIGINT)) >= w.first
),
uncounted AS (
    SELECT DISTINCT r.rowid AS place
    FROM token_usage_uncounted AS r
    JOIN wanted_processes AS w
        ON r.service_name = w.service_name
        AND r.input_tokens = w.input_tokens
        AND r.output_tokens = w.output_tokens
        AND r.service_instance IS NOT DISTINCT FROM w.service_instance
    WHERE r.timestamp BETWEEN $first AND $last
        AND r.timestamp <= w.last
        AND r.timestamp + to_microseconds(CAST(coalesce(r.duration_ms, 0) * 1000 AS BIGINT)) >= w.first
)
SELECT *, true AS counted, NULL::VARCHAR AS reason, NULL::UUID AS counted_id
FROM token_usage
WHERE timestamp BETWEEN $first AND $last AND rowid IN (FROM counted)
UNION ALL BY NAME
SELECT *, false AS counted
FROM token_usage_uncounted
WHERE timestamp BETWEEN $first AND $last AND rowid IN (FROM uncounted);
