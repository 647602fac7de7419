-- The hours that are over and not summed yet, with the number of their rows.
SELECT date_trunc('hour', timestamp) AS hour, count(*) AS reports
FROM token_usage
WHERE timestamp >= $first AND timestamp < $before
GROUP BY hour
ORDER BY hour;
