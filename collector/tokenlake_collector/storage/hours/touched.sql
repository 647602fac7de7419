-- Remember from which hours of which sessions rows were taken.
INSERT INTO usage_hours_touched
SELECT DISTINCT date_trunc('hour', timestamp), session_id FROM summed;
