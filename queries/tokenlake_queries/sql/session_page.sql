-- One page of sessions, in its order, with the time of each. Rows without a session are one session (NULL).
-- Bounds are UTC, start inclusive, end exclusive, and decide which rows count, not which sessions.
-- DuckDB reckons only what decides the order; the other figures are left out because nobody reads them.
WITH usage AS NOT MATERIALIZED (
    /*usage*/
    SELECT
        *,
        time_bucket(INTERVAL 15 MINUTE, timestamp) AS instant,
        timestamp AS first_timestamp,
        timestamp AS last_timestamp,
        1 AS reports,
        (signal IS DISTINCT FROM 'metric')::BIGINT AS calls,
        (error_type IS NOT NULL)::BIGINT AS errors,
        (estimated_cost IS NULL AND (input_tokens <> 0 OR output_tokens <> 0))::BIGINT AS unpriced_calls
    FROM token_usage
    WHERE timestamp >= /*$start*/ TIMESTAMP '-infinity' /**/
        AND timestamp < /*$end*/ TIMESTAMP 'infinity' /**/
        AND /*filters*/ true /**/
    /*end of usage*/
)
SELECT session_id, first_timestamp, last_timestamp
FROM (
    SELECT
        session_id,
        min(first_timestamp) AS first_timestamp,
        max(last_timestamp) AS last_timestamp,
        sum(calls)::BIGINT AS calls,
        sum(errors)::BIGINT AS errors,
        sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens,
        sum(input_tokens) + sum(output_tokens) AS total_tokens,
        sum(cache_read_tokens) AS cache_read_tokens,
        sum(cache_creation_tokens) AS cache_creation_tokens,
        sum(reasoning_tokens) AS reasoning_tokens,
        coalesce(fsum(estimated_cost), 0.0) AS estimated_cost,
        coalesce(fsum(reported_cost), 0.0) AS reported_cost,
        coalesce(fsum(computed_cost), 0.0) AS computed_cost,
        sum(unpriced_calls)::BIGINT AS unpriced_calls
    FROM usage
    GROUP BY session_id
    HAVING sum(reports) > 0
)
ORDER BY /*order*/ last_timestamp DESC, session_id NULLS LAST /**/
LIMIT /*$limit*/ 50 /**/ OFFSET /*$offset*/ 0 /**/;
