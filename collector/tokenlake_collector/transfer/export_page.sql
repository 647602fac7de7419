-- A page of selected rows, from the one behind `after`, which has the time `start`.
SELECT *
FROM /*table*/ token_usage /**/
WHERE timestamp >= (/*$start*/ '-infinity' /**/)::TIMESTAMP
    AND timestamp < (/*$end*/ 'infinity' /**/)::TIMESTAMP
    AND (
        timestamp > (/*$start*/ '-infinity' /**/)::TIMESTAMP
        OR id > (/*$after*/ '00000000-0000-0000-0000-000000000000' /**/)::UUID
    )
    AND /*filters*/ true /**/
ORDER BY timestamp, id
LIMIT /*$rows*/ 10000 /**/;
