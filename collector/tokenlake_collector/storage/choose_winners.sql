-- Reports of the batch that are there more than once, stored or within the batch: the latest end wins, then the
-- most tokens, then the greater text (rule C0: the order of arrival must not decide). `stored` is the last
-- column of the text, so of two equal reports the stored one wins and nothing is written.
CREATE OR REPLACE TEMP TABLE winners AS
WITH reports AS (
    SELECT *, NULL::VARCHAR AS reason, true AS stored
    FROM token_usage SEMI JOIN batch USING (id)
    WHERE timestamp BETWEEN $first AND $last
    UNION ALL BY NAME
    SELECT * EXCLUDE (counted_id), true AS stored
    FROM token_usage_uncounted SEMI JOIN batch USING (id)
    WHERE timestamp BETWEEN $first AND $last
    UNION ALL BY NAME
    SELECT *, false AS stored FROM batch
)
SELECT *, bool_or(stored) OVER (PARTITION BY id) AS known
FROM reports
QUALIFY row_number() OVER (
    PARTITION BY id
    ORDER BY
        timestamp + to_microseconds(CAST(round(coalesce(duration_ms, 0) * 1000) AS BIGINT)) DESC,
        input_tokens + output_tokens DESC,
        reports::VARCHAR DESC
) = 1;
