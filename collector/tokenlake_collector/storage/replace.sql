-- Decided rows take the place of their earlier versions, in whichever table those are; `first` and `last` bound
-- the earlier versions' timestamps, so that only their row groups are searched.
DELETE FROM token_usage
WHERE id IN (SELECT id FROM changes WHERE stored_at IS NOT NULL) AND timestamp BETWEEN $first AND $last;

DELETE FROM token_usage_uncounted
WHERE id IN (SELECT id FROM changes WHERE stored_at IS NOT NULL) AND timestamp BETWEEN $first AND $last;

INSERT INTO token_usage BY NAME
SELECT * EXCLUDE (reason, counted_id, stored_at) FROM changes WHERE reason IS NULL;

INSERT INTO token_usage_uncounted BY NAME
SELECT * EXCLUDE (stored_at) FROM changes WHERE reason IS NOT NULL;
