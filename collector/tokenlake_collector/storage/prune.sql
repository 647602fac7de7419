-- Forget spans without usage that can change no verdict any more, and the oldest beyond a number of rows.
DELETE FROM trace_spans
WHERE seen_at < $before::TIMESTAMP
    OR rowid < (SELECT max(rowid) - $kept::BIGINT FROM trace_spans);
