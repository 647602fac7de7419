-- Calls, tokens and cost of every bucket of time and group that has rows.
-- A bucket reaches from its start (UTC) to the next start; by default every UTC day is one.
-- Hours, days, weeks and months of a time zone are a matter of which starts are given, so that no
-- time zone function runs here, and zone data comes from one place (Python's zoneinfo).
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
starts AS (
    SELECT unnest(/*$starts*/ (
        SELECT generate_series(date_trunc('day', min(timestamp)), max(timestamp), INTERVAL 1 DAY)
        FROM token_usage
    ) /**/) AS bucket
),
-- Millions of rows become few quarters of an hour first: every zone's offset is a multiple of it.
quarters AS (
    SELECT
        instant,
        /*columns*/ endpoint_name, /**/
        sum(reports) AS reports,
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
),
instants AS (
    SELECT bucket AS instant, bucket FROM starts
    UNION ALL
    SELECT DISTINCT instant, NULL FROM quarters
),
-- The latest start not after the quarter. Measured on DuckDB 2.0, two threads, 3 million rows, 9,000
-- starts, five groups: 0.5 s so, 11 s with an ASOF JOIN (without groups both take 0.17 s).
buckets AS (
    SELECT DISTINCT instant, max(bucket) OVER (ORDER BY instant) AS bucket FROM instants
)
SELECT
    bucket,
    /*columns*/ endpoint_name, /**/
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
FROM quarters JOIN buckets USING (instant)
GROUP BY ALL
HAVING sum(reports) > 0
ORDER BY ALL;
