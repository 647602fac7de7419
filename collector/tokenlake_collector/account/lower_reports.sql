-- Reports of one level of the lower signals that the batch's time touches and that nothing but a higher signal's record can
-- suppress: metric points, events, spans of an emitter whose logs decide.
WITH reports AS (
    SELECT *, NULL::VARCHAR AS reason, NULL::UUID AS counted_id, true AS counted FROM token_usage
    UNION ALL BY NAME
    SELECT *, false AS counted FROM token_usage_uncounted
)
SELECT *
FROM reports
WHERE authority = $level
    AND (reason IS NULL OR reason = 'other_signal')
    AND coalesce(service_name, '') IN (FROM wanted_services)
    AND timestamp <= $last::TIMESTAMP + INTERVAL 2 SECONDS
    AND timestamp + to_microseconds(CAST(coalesce(duration_ms, 0) * 1000 AS BIGINT))
        >= $first::TIMESTAMP - INTERVAL 2 SECONDS;
