-- Between which times (UTC) some sessions have rows; NULL when they have none. It may be a little more than that where
-- rows were taken away. The filters hold for the rows alone: the sums are asked for their hash, which is no text.
-- A semi join: an IN of fifty values takes twice as long.
SELECT min(first_timestamp) AS first_timestamp, max(last_timestamp) AS last_timestamp
FROM (
    SELECT first_timestamp, last_timestamp
    FROM usage_hours
    WHERE hour >= /*$hours_first*/ TIMESTAMP '-infinity' /**/
        AND hour < /*$hours_last*/ TIMESTAMP 'infinity' /**/
        AND session_hash IN (SELECT (md5_number(unnest(/*$sessions*/ [''] /**/::VARCHAR[])) >> 64)::UBIGINT)
    UNION ALL
    SELECT timestamp, timestamp
    FROM token_usage
    WHERE timestamp >= /*$start*/ TIMESTAMP '-infinity' /**/
        AND timestamp < /*$end*/ TIMESTAMP 'infinity' /**/
        AND (timestamp < /*$hours_first*/ TIMESTAMP '-infinity' /**/
            OR timestamp >= /*$hours_last*/ TIMESTAMP 'infinity' /**/)
        AND /*filters*/ true /**/
);
