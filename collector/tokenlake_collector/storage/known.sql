-- Which of some reports are stored already, in either table. A report that is sent again has the same timestamp,
-- so only row groups within the batch's own time range are searched: the cost does not grow with history.
SELECT id FROM token_usage WHERE timestamp BETWEEN $first AND $last AND id IN (SELECT id FROM asked)
UNION ALL
SELECT id FROM token_usage_uncounted WHERE timestamp BETWEEN $first AND $last AND id IN (SELECT id FROM asked);
