-- Calls, tokens and cost of every group, by default the group with most tokens first.
-- Bounds are UTC, start inclusive, end exclusive. NULL in a grouped column is a group of its own.
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
    /*columns*/ endpoint_name, /**/
    sum(calls)::BIGINT AS calls,
    sum(errors)::BIGINT AS errors,
    sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens,
    sum(input_tokens) + sum(output_tokens) AS total_tokens,
    sum(cache_read_tokens) AS cache_read_tokens,
    sum(cache_creation_tokens) AS cache_creation_tokens,
    sum(reasoning_tokens) AS reasoning_tokens,
    -- fsum: a plain sum of three million dimes is off by 8e-6 USD. The last binary digit of a group's
    -- cost may still depend on how threads divided the rows; counts and tokens never do.
    coalesce(fsum(estimated_cost), 0.0) AS estimated_cost,
    coalesce(fsum(reported_cost), 0.0) AS reported_cost,
    coalesce(fsum(computed_cost), 0.0) AS computed_cost,
    sum(unpriced_calls)::BIGINT AS unpriced_calls
FROM usage
GROUP BY ALL
HAVING sum(reports) > 0
ORDER BY /*order*/ total_tokens DESC, endpoint_name NULLS LAST /**/
LIMIT /*$limit*/ 9223372036854775807 /**/;
