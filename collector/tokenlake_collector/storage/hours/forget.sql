-- Forget all sums: every row is to be summed again.
DELETE FROM usage_hours;

DELETE FROM usage_hours_touched;

UPDATE usage_hours_until SET until = NULL;
