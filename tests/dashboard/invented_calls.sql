-- Two months of invented traffic that end now: three services, a daily rhythm, five models, one without
-- a price.
INSERT INTO token_usage BY NAME
WITH hours AS (
    SELECT unnest(generate_series(now()::TIMESTAMP - INTERVAL 59 DAY, now()::TIMESTAMP - INTERVAL 1 HOUR,
        INTERVAL 1 HOUR)) AS hour
),
rhythm AS (
    SELECT hour, (2 + 12 * greatest(0, sin((extract(hour FROM hour) - 6) / 24 * 2 * pi())) *
        (CASE WHEN isodow(hour) > 5 THEN 0.4 ELSE 1 END))::INTEGER AS calls
    FROM hours
),
numbered AS (
    SELECT hour + to_seconds(hash(hour, n) % 3300) AS timestamp, (hash(hour, n, 'a') >> 2)::BIGINT AS a,
        (hash(hour, n, 'b') >> 2)::BIGINT AS b
    FROM rhythm, LATERAL unnest(generate_series(1, calls)) AS t(n)
),
models(place, model, provider, input_rate, output_rate, weight) AS (VALUES
    (0, 'claude-sonnet-4-5', 'anthropic', 3.0, 15.0, 1.0), (1, 'gpt-5', 'openai', 1.25, 10.0, 0.9),
    (2, 'claude-haiku-4-5', 'anthropic', 1.0, 5.0, 0.7), (3, 'gemini-2.5-flash', 'gcp.gemini', 0.3, 2.5, 0.6),
    (4, 'house-llama-70b', 'vllm', NULL, NULL, 0.25)
),
calls AS (
    SELECT *, (weight * (800 + a % 17000))::BIGINT AS input_tokens, (60 + b % 1400)::BIGINT AS output_tokens
    FROM numbered JOIN models ON place = [0, 0, 0, 1, 1, 2, 2, 3, 3, 4][1 + (a // 7) % 10]
)
SELECT
    uuid() AS id,
    timestamp,
    CASE WHEN b % 11 > 0 THEN 'sess-' || (epoch(timestamp)::BIGINT // 5400) || '-' || a % 3 END AS session_id,
    provider AS endpoint_name,
    model,
    provider,
    CASE WHEN a % 9 = 0 THEN 'summarize' ELSE 'chat' END AS operation_type,
    input_tokens,
    output_tokens,
    (input_tokens * (b % 8) / 10.0)::BIGINT AS cache_read_tokens,
    ['telegram', 'web', 'web', 'slack'][1 + (b // 3) % 4] AS channel,
    'user-' || ['ann', 'ben', 'cleo', 'dan', 'eva', 'fay', 'gus', 'hal', 'ida', 'jo'][
        1 + ((a // 5) % 10 * ((b // 5) % 10)) // 9
    ] AS user_id,
    ['support-agent', 'support-agent', 'research-agent', 'code-review'][1 + a % 4] AS service_name,
    (input_tokens * input_rate + output_tokens * output_rate) / 1e6 AS estimated_cost,
    estimated_cost AS computed_cost,
    300 + output_tokens * 9.5 + b % 1800 AS duration_ms,
    CASE WHEN b % 41 = 0 THEN 'rate_limit_error' END AS error_type,
    md5(a::VARCHAR)::UUID AS trace_id,
    b AS span_id,
    'openllmetry' AS dialect,
    'span' AS signal
FROM calls;
