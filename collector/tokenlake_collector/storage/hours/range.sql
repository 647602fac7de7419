-- The rows from `first` until `last`. Variables, because a view cannot have parameters; DuckDB skips row groups by
-- them as by constants.
CREATE OR REPLACE TEMP VIEW summed AS
SELECT *
FROM token_usage
WHERE timestamp >= getvariable('first')::TIMESTAMP AND timestamp < getvariable('last')::TIMESTAMP;
