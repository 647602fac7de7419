-- One page of calls. Bounds are UTC, start inclusive, end exclusive; ids are as OpenTelemetry writes them.
SELECT
    id::VARCHAR AS id,
    timestamp,
    session_id,
    user_id,
    channel,
    endpoint_name,
    provider,
    model,
    operation_type,
    operation_detail,
    agent_name,
    service_name,
    iteration,
    input_tokens,
    output_tokens,
    input_tokens + output_tokens AS total_tokens,
    cache_read_tokens,
    cache_creation_tokens,
    reasoning_tokens,
    context_tokens,
    estimated_cost,
    reported_cost,
    computed_cost,
    duration_ms,
    error_type,
    replace(trace_id::VARCHAR, '-', '') AS trace_id,
    printf('%016x', span_id) AS span_id,
    dialect,
    signal
FROM token_usage
WHERE timestamp >= /*$start*/ TIMESTAMP '-infinity' /**/
  AND timestamp < /*$end*/ TIMESTAMP 'infinity' /**/
  AND /*filters*/ true /**/
ORDER BY /*order*/ timestamp DESC, id /**/
LIMIT /*$limit*/ 50 /**/ OFFSET /*$offset*/ 0 /**/;
