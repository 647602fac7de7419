-- What names somebody, by table. `column` is user_id or session_id.
SELECT
    (
        SELECT count(*)
        FROM token_usage
        WHERE $value IN (
            if($column = 'user_id', user_id, session_id), json_extract_string(reported, '$.' || $column)
        )
    ) AS token_usage,
    (
        SELECT count(*)
        FROM token_usage_uncounted
        WHERE $value IN (
            if($column = 'user_id', user_id, session_id), json_extract_string(reported, '$.' || $column)
        )
    ) AS token_usage_uncounted,
    (SELECT count(*) FROM trace_spans WHERE if($column = 'user_id', user_id, session_id) = $value) AS trace_spans;
