-- Reports of the wanted traces, provider ids or ids, from both tables.
WITH traces AS (SELECT wanted::UUID AS trace_id FROM wanted_traces),
ids AS (SELECT wanted::UUID AS id FROM wanted_ids),
reports AS (
    SELECT *, true AS counted, NULL::VARCHAR AS reason, NULL::UUID AS counted_id
    FROM token_usage
    WHERE timestamp BETWEEN $first AND $last
    UNION ALL BY NAME
    SELECT *, false AS counted
    FROM token_usage_uncounted
    WHERE timestamp BETWEEN $first AND $last
)
SELECT *
FROM reports
WHERE trace_id IN (FROM traces)
    OR id IN (FROM ids)
    OR (
        timestamp BETWEEN $first_overlap AND $last_overlap
        AND (response_id IN (FROM wanted_provider_ids) OR request_id IN (FROM wanted_provider_ids))
    );
