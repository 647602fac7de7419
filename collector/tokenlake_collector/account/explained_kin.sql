-- The spans without usage of some traces, as far as they are still remembered.
SELECT * EXCLUDE (seen_at)
FROM trace_spans
WHERE trace_id IN (SELECT unnest($traces::VARCHAR[])::UUID)
ORDER BY timestamp, span_id;
