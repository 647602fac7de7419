-- The days (UTC) that have selected rows.
SELECT DISTINCT timestamp::DATE AS day
FROM /*table*/ token_usage /**/
WHERE timestamp >= (/*$start*/ '-infinity' /**/)::TIMESTAMP
    AND timestamp < (/*$end*/ 'infinity' /**/)::TIMESTAMP
    AND /*filters*/ true /**/
ORDER BY day;
