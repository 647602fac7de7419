-- The first and the last time in the range, UTC; NULL when there is no row.
SELECT min(timestamp) AS first_timestamp, max(timestamp) AS last_timestamp
FROM token_usage
WHERE timestamp >= /*$start*/ TIMESTAMP '-infinity' /**/
  AND timestamp < /*$end*/ TIMESTAMP 'infinity' /**/
  AND /*filters*/ true /**/;
