-- Drop the sums of touched hours of sessions, and see the rows that they are to be made of again.
DELETE FROM usage_hours
WHERE EXISTS (
    SELECT 1
    FROM usage_hours_touched AS touched
    WHERE touched.hour = usage_hours.hour AND touched.session_id IS NOT DISTINCT FROM usage_hours.session_id
);

CREATE OR REPLACE TEMP VIEW summed AS
SELECT *
FROM token_usage
WHERE timestamp >= getvariable('first')::TIMESTAMP
    AND timestamp < getvariable('last')::TIMESTAMP
    AND EXISTS (
        SELECT 1
        FROM usage_hours_touched AS touched
        WHERE touched.hour = date_trunc('hour', token_usage.timestamp)
            AND touched.session_id IS NOT DISTINCT FROM token_usage.session_id
    );
