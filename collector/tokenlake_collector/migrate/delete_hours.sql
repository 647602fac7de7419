-- Take out what the target has of some hours; `first` and `last` are when the first and the last of them begin (UTC).
DELETE FROM token_usage
WHERE timestamp >= $first::TIMESTAMP AND timestamp < $last::TIMESTAMP + INTERVAL 1 HOUR;

DELETE FROM token_usage_uncounted
WHERE timestamp >= $first::TIMESTAMP AND timestamp < $last::TIMESTAMP + INTERVAL 1 HOUR;

DELETE FROM trace_spans
WHERE timestamp >= $first::TIMESTAMP AND timestamp < $last::TIMESTAMP + INTERVAL 1 HOUR;
