-- Decided rows that count.
INSERT INTO token_usage BY NAME
SELECT * EXCLUDE (reason, counted_id, stored_at) FROM changes WHERE reason IS NULL;
