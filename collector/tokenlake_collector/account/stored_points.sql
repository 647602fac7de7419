-- Points of the wanted series. Not bounded by time: a run may be as old as the process that reports it.
SELECT *, true AS counted, NULL::VARCHAR AS reason, NULL::UUID AS counted_id
FROM token_usage
WHERE series IN (FROM wanted_series)
UNION ALL BY NAME
SELECT *, false AS counted
FROM token_usage_uncounted
WHERE series IN (FROM wanted_series);
