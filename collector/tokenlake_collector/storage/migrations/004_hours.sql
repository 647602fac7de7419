-- Sums by hour of the rows before `usage_hours_until`, so that statistics of years need not read every row.
-- Kept in the transactions that write token_usage; `tokenlake rebuild` makes them anew after rows were written by SQL.
-- A group may stand in several rows: they add up. `reports` is how many rows of token_usage it sums; where that is 0
-- for a group, all of them were taken away again.
CREATE TABLE usage_hours (
    hour TIMESTAMP NOT NULL,
    session_id VARCHAR,
    user_id VARCHAR,
    channel VARCHAR,
    endpoint_name VARCHAR,
    model VARCHAR,
    operation_type VARCHAR,
    service_name VARCHAR,
    provider VARCHAR,
    agent_name VARCHAR,
    request_model VARCHAR,
    first_timestamp TIMESTAMP,
    last_timestamp TIMESTAMP,
    reports BIGINT NOT NULL,
    calls BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cache_read_tokens BIGINT NOT NULL,
    cache_creation_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    estimated_cost DOUBLE NOT NULL,
    reported_cost DOUBLE NOT NULL,
    computed_cost DOUBLE NOT NULL,
    unpriced_calls BIGINT NOT NULL
);

-- The full hour (UTC) before which every row of token_usage is summed; NULL while none is.
CREATE TABLE usage_hours_until (until TIMESTAMP);
INSERT INTO usage_hours_until VALUES (NULL);

-- Hours of sessions from which rows were taken away: their first and last time are to be looked up again.
CREATE TABLE usage_hours_touched (hour TIMESTAMP NOT NULL, session_id VARCHAR);
