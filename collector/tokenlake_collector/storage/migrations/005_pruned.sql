-- Where a ledger begins: what is older was pruned, and what of it is sent again stays out. NULL while nothing was.
CREATE TABLE usage_pruned (before TIMESTAMP);
INSERT INTO usage_pruned VALUES (NULL);

COMMENT ON TABLE usage_pruned IS 'where this ledger begins: what is older was pruned';
COMMENT ON COLUMN usage_pruned.before IS 'UTC, exclusive; NULL while nothing was pruned';
