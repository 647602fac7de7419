-- How long calls took, by group: the mean and two quantiles, between the two nearest calls where needed.
-- Bounds are UTC, start inclusive, end exclusive. Calls without a duration are in no figure.
SELECT
    /*columns*/ endpoint_name, /**/
    timed_calls,
    avg_duration_ms,
    quantiles[1] AS p50_duration_ms,
    quantiles[2] AS p95_duration_ms
FROM (
    SELECT
        /*columns*/ endpoint_name, /**/
        count(duration_ms) AS timed_calls,
        avg(duration_ms) AS avg_duration_ms,
        -- Both at once: each would keep all durations for itself, in half as much time again.
        quantile_cont(duration_ms, [0.5, 0.95]) AS quantiles
    FROM token_usage
    WHERE timestamp >= /*$start*/ TIMESTAMP '-infinity' /**/
        AND timestamp < /*$end*/ TIMESTAMP 'infinity' /**/
        AND /*filters*/ true /**/
    GROUP BY ALL
)
ORDER BY /*order*/ timed_calls DESC, endpoint_name NULLS LAST /**/;
