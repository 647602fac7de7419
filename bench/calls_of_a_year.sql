-- Calls as a team makes them: 274,000 a day with a daily rhythm, 5,000 users and their sessions by Zipf, 40 models (one
-- without a price), 0.5 % errors, and 0.3 % that began up to two hours before what was written beside them.
-- $rows of them from number $first on, the first at $begin_us (microseconds, UTC).
INSERT INTO token_usage BY NAME
WITH calls AS (
    SELECT
        i,
        (i / 274000.0) AS day,
        hash(i) / 18446744073709551616.0 AS u,
        hash(i + 1000000007) / 18446744073709551616.0 AS v,
        hash(i * 7 + 3) / 18446744073709551616.0 AS w
    FROM range($first::BIGINT, $first::BIGINT + $rows::BIGINT) AS calls (i)
),
sessions AS (
    SELECT *, (i // 6000) * 200 + floor(200 * v * v)::BIGINT AS session
    FROM calls
),
users AS (
    SELECT *,
        hash(session) / 18446744073709551616.0 AS s,
        hash(session + 99991) / 18446744073709551616.0 AS r
    FROM sessions
),
chosen AS (
    SELECT *,
        floor(5000 * s * s * s)::BIGINT AS usr,
        (floor(40 * r * r * r)::BIGINT + (w > 0.9)::BIGINT) % 40 AS m
    FROM users
)
SELECT
    uuid() AS id,
    make_timestamp(
        $begin_us::BIGINT
        + ((day - 0.12 * sin(2 * pi() * day)) * 86400000000)::BIGINT
        - CASE WHEN w < 0.003 THEN (u * 7200000000)::BIGINT ELSE 0 END
    ) AS timestamp,
    substr(md5(session::VARCHAR), 1, 16) AS session_id,
    ['openai', 'anthropic', 'gemini', 'bedrock'][1 + m % 4] AS endpoint_name,
    'model-' || m AS model,
    CASE WHEN w < 0.95 THEN 'chat' ELSE 'embeddings' END AS operation_type,
    'step-' || (hash(i) % 3) AS operation_detail,
    1 + (u * 20000)::BIGINT AS input_tokens,
    1 + (v * 1000)::BIGINT AS output_tokens,
    (u * 10000)::BIGINT AS cache_read_tokens,
    1 + (u * 20000)::BIGINT AS context_tokens,
    ['web', 'telegram', 'slack', 'api'][1 + usr % 4] AS channel,
    'user-' || usr AS user_id,
    CASE WHEN m <> 39 THEN (u * 100000)::BIGINT / 1e6 END AS estimated_cost,
    CASE WHEN m <> 39 THEN (u * 100000)::BIGINT / 1e6 END AS computed_cost,
    'model-' || m AS request_model,
    ['openai', 'anthropic', 'gemini', 'bedrock'][1 + m % 4] AS provider,
    'chatcmpl-' || substr(md5(i::VARCHAR), 1, 16) AS response_id,
    'agent-' || usr % 7 AS service_name,
    ['researcher', 'writer', 'critic'][1 + usr % 3] AS agent_name,
    CASE WHEN w > 0.995 THEN 'RateLimitError' END AS error_type,
    v * 60000 AS duration_ms,
    uuid() AS trace_id,
    hash(i * 3 + 1) AS span_id,
    'openai_v2' AS dialect,
    'span' AS signal,
    'no_cache' AS input_rule,
    'leaf' AS role,
    'opentelemetry.instrumentation.openai_v2' AS scope,
    3::TINYINT AS span_kind,
    0::TINYINT AS authority
FROM chosen;
