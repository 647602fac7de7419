-- What there is to know of a ledger before its rows are moved: its schema, when it was made, and where it begins.
SELECT
    (SELECT max(version) FROM tokenlake_migrations) AS version,
    (SELECT min(applied_at) FROM tokenlake_migrations) AS made_at,
    (SELECT before FROM usage_pruned) AS pruned_before;
