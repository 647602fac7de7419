-- Where the rows of this ledger come from, and what they were after the last step of the migration.
SELECT source_made_at, rows, hashes
FROM usage_migrated;
