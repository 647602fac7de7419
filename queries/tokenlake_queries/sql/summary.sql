-- Calls, tokens and cost of every group, the group with most tokens first.
-- Bounds are UTC, start inclusive, end exclusive. NULL in a grouped column is a group of its own.
SELECT
    /*columns*/ endpoint_name, /**/
    count(*) FILTER (signal IS DISTINCT FROM 'metric') AS calls,
    count(error_type) AS errors,
    sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens,
    sum(input_tokens) + sum(output_tokens) AS total_tokens,
    sum(cache_read_tokens) AS cache_read_tokens,
    sum(cache_creation_tokens) AS cache_creation_tokens,
    sum(reasoning_tokens) AS reasoning_tokens,
    -- fsum: a plain sum of three million dimes is off by 8e-6 USD. The last binary digit of a group's
    -- cost may still depend on how threads divided the rows; counts and tokens never do.
    coalesce(fsum(estimated_cost), 0.0) AS estimated_cost,
    coalesce(fsum(reported_cost), 0.0) AS reported_cost,
    coalesce(fsum(computed_cost), 0.0) AS computed_cost,
    count(*) FILTER (estimated_cost IS NULL AND (input_tokens <> 0 OR output_tokens <> 0)) AS unpriced_calls
FROM token_usage
WHERE timestamp >= /*$start*/ TIMESTAMP '-infinity' /**/
  AND timestamp < /*$end*/ TIMESTAMP 'infinity' /**/
  AND /*filters*/ true /**/
GROUP BY ALL
ORDER BY total_tokens DESC, /*order*/ endpoint_name NULLS LAST /**/;
