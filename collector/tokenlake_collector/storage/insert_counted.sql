-- Rows that stand alone, are counted and are not stored yet (known.sql finds those that are).
INSERT INTO token_usage BY NAME
SELECT * EXCLUDE (reason) FROM lone WHERE reason IS NULL;
