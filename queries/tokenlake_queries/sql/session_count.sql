-- How many sessions have a row in the range; rows without a session are one session.
WITH usage AS NOT MATERIALIZED (
    /*usage*/
    SELECT
        *,
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
SELECT count(*) AS sessions
FROM (SELECT session_id FROM usage GROUP BY session_id HAVING sum(reports) > 0);
