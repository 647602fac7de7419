-- Rows that stand alone, are kept without being counted and are not stored yet.
INSERT INTO token_usage_uncounted BY NAME
SELECT *
FROM lone
ANTI JOIN (
    SELECT id FROM token_usage WHERE timestamp BETWEEN $first AND $last
    UNION ALL
    SELECT id FROM token_usage_uncounted WHERE timestamp BETWEEN $first AND $last
) USING (id)
WHERE reason IS NOT NULL;
