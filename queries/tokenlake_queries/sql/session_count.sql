-- How many sessions have a row in the range; rows without a session are one session.
SELECT count(*) AS sessions
FROM (
    SELECT DISTINCT session_id
    FROM token_usage
    WHERE timestamp >= /*$start*/ TIMESTAMP '-infinity' /**/
        AND timestamp < /*$end*/ TIMESTAMP 'infinity' /**/
        AND /*filters*/ true /**/
);
