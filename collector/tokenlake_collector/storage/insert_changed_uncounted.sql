-- Decided rows that are kept without being counted.
INSERT INTO token_usage_uncounted BY NAME
SELECT * EXCLUDE (stored_at) FROM changes WHERE reason IS NOT NULL;
