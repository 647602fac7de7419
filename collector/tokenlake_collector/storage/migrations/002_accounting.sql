-- What a verdict needs of a report, and what it changed of it.
-- `reported` holds the values that the record itself gave for columns that accounting filled or changed, as JSON:
-- an inherited session has {"session_id": null}. Without it the row is as it was reported.
ALTER TABLE token_usage ADD COLUMN role VARCHAR;
ALTER TABLE token_usage ADD COLUMN scope VARCHAR;
ALTER TABLE token_usage ADD COLUMN span_kind TINYINT;
ALTER TABLE token_usage ADD COLUMN request_id VARCHAR;
ALTER TABLE token_usage ADD COLUMN service_instance VARCHAR;
ALTER TABLE token_usage ADD COLUMN series VARCHAR;
ALTER TABLE token_usage ADD COLUMN flags VARCHAR;
ALTER TABLE token_usage ADD COLUMN authority TINYINT;
ALTER TABLE token_usage ADD COLUMN reported JSON;

-- The uncounted rows of schema 1 are few and young; the same columns again keep both tables alike.
CREATE OR REPLACE TABLE token_usage_uncounted AS
SELECT u.* EXCLUDE (reason, counted_id),
    NULL::VARCHAR AS role, NULL::VARCHAR AS scope, NULL::TINYINT AS span_kind, NULL::VARCHAR AS request_id,
    NULL::VARCHAR AS service_instance, NULL::VARCHAR AS series, NULL::VARCHAR AS flags, NULL::TINYINT AS authority,
    NULL::JSON AS reported,
    u.reason, u.counted_id
FROM token_usage_uncounted AS u;

-- Spans that report no usage: the tree between reports, and the identity that these inherit. Pruned by the time
-- of arrival and by number; nothing else depends on `seen_at`.
CREATE TABLE trace_spans (
    trace_id UUID NOT NULL,
    span_id UBIGINT NOT NULL,
    parent_span_id UBIGINT,
    timestamp TIMESTAMP NOT NULL,
    end_timestamp TIMESTAMP NOT NULL,
    role VARCHAR,
    session_id VARCHAR,
    user_id VARCHAR,
    channel VARCHAR,
    operation_detail VARCHAR,
    seen_at TIMESTAMP NOT NULL DEFAULT make_timestamp(epoch_us(now()))
);
