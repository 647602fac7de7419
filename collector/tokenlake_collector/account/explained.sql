-- Every report of a trace, or one report and all of its trace.
WITH reports AS (
    SELECT *, NULL::VARCHAR AS reason, NULL::UUID AS counted_id, true AS counted FROM token_usage
    UNION ALL BY NAME
    SELECT *, false AS counted FROM token_usage_uncounted
),
wanted AS (SELECT trace_id, id FROM reports WHERE id = $identity::UUID OR trace_id = $identity::UUID)
SELECT *
FROM reports
WHERE trace_id IN (SELECT trace_id FROM wanted) OR id IN (SELECT id FROM wanted)
ORDER BY timestamp, id;
