-- Spans without usage of the wanted traces. One that was sent again is here twice, which changes nothing.
SELECT * EXCLUDE (seen_at)
FROM trace_spans
WHERE trace_id IN (SELECT wanted::UUID FROM wanted_traces)
    AND timestamp BETWEEN $first AND $last;
