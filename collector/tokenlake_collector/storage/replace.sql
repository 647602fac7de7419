-- Put the winners that came with this batch in the place of what they beat.
DELETE FROM token_usage
WHERE id IN (SELECT id FROM winners WHERE NOT stored) AND timestamp BETWEEN $first AND $last;

DELETE FROM token_usage_uncounted
WHERE id IN (SELECT id FROM winners WHERE NOT stored) AND timestamp BETWEEN $first AND $last;

INSERT INTO token_usage BY NAME
SELECT * EXCLUDE (reason, stored, known) FROM winners WHERE NOT stored AND reason IS NULL;

INSERT INTO token_usage_uncounted BY NAME
SELECT * EXCLUDE (stored, known) FROM winners WHERE NOT stored AND reason IS NOT NULL;
