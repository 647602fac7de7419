-- Put in what the source has of some hours; `first` and `last` are when the first and the last of them begin (UTC).
INSERT INTO token_usage BY NAME
SELECT *
FROM tokenlake_source.token_usage
WHERE timestamp >= $first::TIMESTAMP AND timestamp < $last::TIMESTAMP + INTERVAL 1 HOUR;

INSERT INTO token_usage_uncounted BY NAME
SELECT *
FROM tokenlake_source.token_usage_uncounted
WHERE timestamp >= $first::TIMESTAMP AND timestamp < $last::TIMESTAMP + INTERVAL 1 HOUR;

INSERT INTO trace_spans BY NAME
SELECT *
FROM tokenlake_source.trace_spans
WHERE timestamp >= $first::TIMESTAMP AND timestamp < $last::TIMESTAMP + INTERVAL 1 HOUR;
