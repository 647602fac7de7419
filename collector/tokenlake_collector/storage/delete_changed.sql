-- The earlier versions of decided rows, in whichever table those are; `first` and `last` bound their timestamps, so
-- that only their row groups are searched.
DELETE FROM token_usage
WHERE id IN (SELECT id FROM changes WHERE stored_at IS NOT NULL) AND timestamp BETWEEN $first AND $last;

DELETE FROM token_usage_uncounted
WHERE id IN (SELECT id FROM changes WHERE stored_at IS NOT NULL) AND timestamp BETWEEN $first AND $last;
