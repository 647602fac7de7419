-- Sums of full hours, and the single rows before and after them, in the form of sums.
-- A row that was taken away again is in the sums as 1 and -1: `reports` of a group is 0 where all of it is gone.
SELECT
    hour AS timestamp,
    hour AS instant,
    session_id,
    user_id,
    channel,
    endpoint_name,
    model,
    operation_type,
    service_name,
    provider,
    agent_name,
    request_model,
    first_timestamp,
    last_timestamp,
    reports,
    calls,
    errors,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_creation_tokens,
    reasoning_tokens,
    estimated_cost,
    reported_cost,
    computed_cost,
    unpriced_calls
FROM usage_hours
WHERE hour >= /*$hours_first*/ TIMESTAMP '-infinity' /**/
    AND hour < /*$hours_last*/ TIMESTAMP 'infinity' /**/
    AND /*filters*/ true /**/
UNION ALL
SELECT
    timestamp,
    time_bucket(INTERVAL 15 MINUTE, timestamp) AS instant,
    session_id,
    user_id,
    channel,
    endpoint_name,
    model,
    operation_type,
    service_name,
    provider,
    agent_name,
    request_model,
    timestamp AS first_timestamp,
    timestamp AS last_timestamp,
    1 AS reports,
    (signal IS DISTINCT FROM 'metric')::BIGINT AS calls,
    (error_type IS NOT NULL)::BIGINT AS errors,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_creation_tokens,
    reasoning_tokens,
    estimated_cost,
    reported_cost,
    computed_cost,
    (estimated_cost IS NULL AND (input_tokens <> 0 OR output_tokens <> 0))::BIGINT AS unpriced_calls
FROM token_usage
WHERE timestamp >= /*$start*/ TIMESTAMP '-infinity' /**/
    AND timestamp < /*$end*/ TIMESTAMP 'infinity' /**/
    AND (timestamp < /*$hours_first*/ TIMESTAMP '-infinity' /**/
        OR timestamp >= /*$hours_last*/ TIMESTAMP 'infinity' /**/)
    AND /*filters*/ true /**/
