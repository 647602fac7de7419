-- One page of sessions. Rows without a session are one session, whose session_id is NULL.
-- Bounds are UTC, start inclusive, end exclusive, and decide which rows count, not which sessions.
WITH counted AS NOT MATERIALIZED (
    SELECT *
    FROM token_usage
    WHERE timestamp >= /*$start*/ TIMESTAMP '-infinity' /**/
      AND timestamp < /*$end*/ TIMESTAMP 'infinity' /**/
      AND /*filters*/ true /**/
),
page AS (
    SELECT
        session_id,
        min(timestamp) AS first_timestamp,
        max(timestamp) AS last_timestamp,
        count(*) FILTER (signal IS DISTINCT FROM 'metric') AS calls,
        count(error_type) AS errors,
        sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens,
        sum(input_tokens) + sum(output_tokens) AS total_tokens,
        sum(cache_read_tokens) AS cache_read_tokens,
        sum(cache_creation_tokens) AS cache_creation_tokens,
        sum(reasoning_tokens) AS reasoning_tokens,
        coalesce(fsum(estimated_cost), 0.0) AS estimated_cost,
        coalesce(fsum(reported_cost), 0.0) AS reported_cost,
        coalesce(fsum(computed_cost), 0.0) AS computed_cost,
        count(*) FILTER (estimated_cost IS NULL AND (input_tokens <> 0 OR output_tokens <> 0)) AS unpriced_calls
    FROM counted
    GROUP BY session_id
    ORDER BY /*order*/ last_timestamp DESC, session_id NULLS LAST /**/
    LIMIT /*$limit*/ 50 /**/ OFFSET /*$offset*/ 0 /**/
),
-- Only for the page. Measured with 3 million rows in 300,000 sessions: 0.24 s so, 0.7 s in one pass.
details AS (
    SELECT
        counted.session_id,
        -- The most recent; the value itself decides between rows of the same time.
        arg_max(user_id, (timestamp, user_id)) AS user_id,
        arg_max(channel, (timestamp, channel)) AS channel,
        coalesce(list(DISTINCT model ORDER BY model) FILTER (model IS NOT NULL), []) AS models
    FROM counted SEMI JOIN page ON counted.session_id IS NOT DISTINCT FROM page.session_id
    GROUP BY counted.session_id
)
SELECT
    page.session_id,
    first_timestamp,
    last_timestamp,
    user_id,
    channel,
    models,
    page.* EXCLUDE (session_id, first_timestamp, last_timestamp)
FROM page JOIN details ON page.session_id IS NOT DISTINCT FROM details.session_id
ORDER BY /*order*/ last_timestamp DESC, session_id NULLS LAST /**/;
