-- Calls, tokens and cost of all rows in the range: always one row, zeros when there is nothing.
-- Bounds are UTC, start inclusive, end exclusive.
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
SELECT
    coalesce(sum(calls)::BIGINT, 0) AS calls,
    coalesce(sum(errors)::BIGINT, 0) AS errors,
    coalesce(sum(input_tokens), 0) AS input_tokens,
    coalesce(sum(output_tokens), 0) AS output_tokens,
    coalesce(sum(input_tokens) + sum(output_tokens), 0) AS total_tokens,
    coalesce(sum(cache_read_tokens), 0) AS cache_read_tokens,
    coalesce(sum(cache_creation_tokens), 0) AS cache_creation_tokens,
    coalesce(sum(reasoning_tokens), 0) AS reasoning_tokens,
    coalesce(fsum(estimated_cost), 0.0) AS estimated_cost,
    coalesce(fsum(reported_cost), 0.0) AS reported_cost,
    coalesce(fsum(computed_cost), 0.0) AS computed_cost,
    coalesce(sum(unpriced_calls)::BIGINT, 0) AS unpriced_calls
FROM usage;
