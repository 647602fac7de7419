-- For each lower report the record of a higher signal that describes the same calls (C5): same service, session
-- and instance where both have one, provider and model, in its time. A metric point covers the calls that ended
-- within its interval; a single call's record must overlap. Where both carry a request id, ids decide instead.
WITH reports AS (
    SELECT *, NULL::VARCHAR AS reason, NULL::UUID AS counted_id FROM token_usage
    WHERE timestamp BETWEEN $first AND $last
    UNION ALL BY NAME
    SELECT * FROM token_usage_uncounted WHERE timestamp BETWEEN $first AND $last
),
named AS (
    SELECT
        *,
        timestamp + to_microseconds(CAST(coalesce(duration_ms, 0) * 1000 AS BIGINT)) AS end_timestamp,
        -- As model_names.py compares them.
        regexp_replace(regexp_replace(lower(coalesce(model, request_model)), $prefix, ''), $suffix, '') AS bare,
        regexp_replace(regexp_replace(lower(coalesce(request_model, model)), $prefix, ''), $suffix, '') AS asked,
        input_tokens + output_tokens > 0 AS has_usage
    FROM reports
),
higher AS (
    SELECT * FROM named
    WHERE coalesce(role, '') IN ('leaf', '')
        AND coalesce(reason, '') NOT IN ('not_billed', 'never_counted', 'no_usage')
)
SELECT
    l.id,
    min_by(coalesce(h.counted_id, h.id), (h.reason IS NOT NULL, h.timestamp, h.id)) AS counted_id
FROM named AS l
JOIN higher AS h
    ON l.service_name IS NOT DISTINCT FROM h.service_name
    AND h.authority < l.authority
WHERE l.id IN (SELECT wanted::UUID FROM wanted_ids)
    AND (l.service_instance IS NULL OR h.service_instance IS NULL OR l.service_instance = h.service_instance)
    AND (l.session_id IS NULL OR h.session_id IS NULL OR l.session_id = h.session_id)
    AND (l.provider IS NULL OR h.provider IS NULL OR l.provider = h.provider)
    AND (l.bare IS NULL OR h.bare IS NULL OR l.bare IN (h.bare, h.asked) OR l.asked IN (h.bare, h.asked))
    AND (l.request_id IS NULL OR h.request_id IS NULL)
    AND h.has_usage = (l.signal = 'metric' OR l.has_usage)
    AND h.end_timestamp >= l.timestamp - INTERVAL 2 SECONDS
    AND if(l.signal = 'metric', h.end_timestamp, h.timestamp) <= l.end_timestamp + INTERVAL 2 SECONDS
GROUP BY l.id;
