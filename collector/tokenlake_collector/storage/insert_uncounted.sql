-- Rows that stand alone, are kept without being counted and are not stored yet.
INSERT INTO token_usage_uncounted BY NAME
SELECT * FROM lone WHERE reason IS NOT NULL;
