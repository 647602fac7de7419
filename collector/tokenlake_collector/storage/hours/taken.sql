-- The counted rows that `changes` replaces or takes away, as they are stored.
SELECT *
FROM token_usage
WHERE id IN (SELECT id FROM changes WHERE stored_at IS NOT NULL)
    AND timestamp BETWEEN $first AND $last
    AND timestamp < $until;
