-- Delete the reports that name somebody, also those where accounting put another name in the place of the reported
-- one, and blank the name in the tree between reports. `column` is user_id or session_id.
DELETE FROM token_usage
WHERE $value IN (if($column = 'user_id', user_id, session_id), json_extract_string(reported, '$.' || $column));

DELETE FROM token_usage_uncounted
WHERE $value IN (if($column = 'user_id', user_id, session_id), json_extract_string(reported, '$.' || $column));

UPDATE trace_spans SET user_id = NULL WHERE $column = 'user_id' AND user_id = $value;

UPDATE trace_spans SET session_id = NULL WHERE $column = 'session_id' AND session_id = $value;
