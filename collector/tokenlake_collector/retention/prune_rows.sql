-- Delete what is older than `before`, and the sums of its hours.
DELETE FROM token_usage WHERE timestamp < $before;

DELETE FROM token_usage_uncounted WHERE timestamp < $before;

DELETE FROM trace_spans WHERE timestamp < $before;

DELETE FROM usage_hours WHERE hour < $before;

DELETE FROM usage_hours_touched WHERE hour < $before;
