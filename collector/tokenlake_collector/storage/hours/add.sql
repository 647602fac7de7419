-- Add the sums of the rows in `summed` to their hours, or take them off (sign -1). A row that is taken off has no
-- say in the first and last time of its group. In the order of hours alone: if it were that of sessions too, the hash
-- would be compressed, which takes no less room and three times as long to search.
INSERT INTO usage_hours BY NAME
SELECT
    *,
    -- Here, and not below, where it would be reckoned for each row.
    (md5_number(session_id) >> 64)::UBIGINT AS session_hash
FROM (
    SELECT
        date_trunc('hour', timestamp) AS hour,
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
        min(timestamp) FILTER ($sign::BIGINT > 0) AS first_timestamp,
        max(timestamp) FILTER ($sign::BIGINT > 0) AS last_timestamp,
        $sign::BIGINT * count(*) AS reports,
        $sign::BIGINT * count(*) FILTER (signal IS DISTINCT FROM 'metric') AS calls,
        $sign::BIGINT * count(error_type) AS errors,
        $sign::BIGINT * sum(input_tokens) AS input_tokens,
        $sign::BIGINT * sum(output_tokens) AS output_tokens,
        $sign::BIGINT * sum(cache_read_tokens) AS cache_read_tokens,
        $sign::BIGINT * sum(cache_creation_tokens) AS cache_creation_tokens,
        $sign::BIGINT * sum(reasoning_tokens) AS reasoning_tokens,
        $sign::BIGINT * coalesce(fsum(estimated_cost), 0.0) AS estimated_cost,
        $sign::BIGINT * coalesce(fsum(reported_cost), 0.0) AS reported_cost,
        $sign::BIGINT * coalesce(fsum(computed_cost), 0.0) AS computed_cost,
        $sign::BIGINT * count(*) FILTER (estimated_cost IS NULL AND (input_tokens <> 0 OR output_tokens <> 0))
            AS unpriced_calls
    FROM summed
    GROUP BY ALL
)
ORDER BY hour;
