-- What there is to say of some sessions (those that the filters name). Rows without a session are one (NULL).
-- Bounds are UTC, start inclusive, end exclusive, and decide which rows count, not which sessions.
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
),
parts AS (
    SELECT
        session_id,
        user_id,
        channel,
        model,
        min(first_timestamp) AS first_timestamp,
        max(last_timestamp) AS last_timestamp,
        sum(calls) AS calls,
        sum(errors) AS errors,
        sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens,
        sum(cache_read_tokens) AS cache_read_tokens,
        sum(cache_creation_tokens) AS cache_creation_tokens,
        sum(reasoning_tokens) AS reasoning_tokens,
        fsum(estimated_cost) AS estimated_cost,
        fsum(reported_cost) AS reported_cost,
        fsum(computed_cost) AS computed_cost,
        sum(unpriced_calls) AS unpriced_calls
    FROM usage
    GROUP BY ALL
    HAVING sum(reports) > 0
)
SELECT
    session_id,
    min(first_timestamp) AS first_timestamp,
    max(last_timestamp) AS last_timestamp,
    -- The most recent; the value itself decides between rows of the same time.
    arg_max(user_id, (last_timestamp, user_id)) AS user_id,
    arg_max(channel, (last_timestamp, channel)) AS channel,
    list_sort(list_distinct(list(model))) AS models,
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
FROM parts
GROUP BY session_id
ORDER BY /*order*/ last_timestamp DESC, session_id NULLS LAST /**/;
