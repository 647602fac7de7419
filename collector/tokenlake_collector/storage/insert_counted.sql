-- Rows that stand alone, are counted and not stored yet. A report that is sent again has the same timestamp,
-- so only row groups within the batch's own time range are searched: the cost does not grow with history.
INSERT INTO token_usage BY NAME
SELECT * EXCLUDE (reason)
FROM lone
ANTI JOIN (
    SELECT id FROM token_usage WHERE timestamp BETWEEN $first AND $last
    UNION ALL
    SELECT id FROM token_usage_uncounted WHERE timestamp BETWEEN $first AND $last
) USING (id)
WHERE reason IS NULL;
