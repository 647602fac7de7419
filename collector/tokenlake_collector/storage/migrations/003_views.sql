-- Views for people, and what every column means:
-- SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'token_usage'.
-- A row of a metric is no call of its own: its tokens count, it does not. A sum of costs is NULL when no row has one;
-- unpriced_calls says how much of it is missing.

CREATE VIEW daily_usage AS
SELECT
    timestamp::DATE AS day,
    endpoint_name,
    model,
    count(*) FILTER (signal IS DISTINCT FROM 'metric') AS calls,
    count(error_type) AS errors,
    sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens,
    sum(input_tokens) + sum(output_tokens) AS total_tokens,
    sum(cache_read_tokens) AS cache_read_tokens,
    sum(cache_creation_tokens) AS cache_creation_tokens,
    sum(reasoning_tokens) AS reasoning_tokens,
    fsum(estimated_cost) AS estimated_cost,
    count(*) FILTER (estimated_cost IS NULL AND (input_tokens <> 0 OR output_tokens <> 0)) AS unpriced_calls
FROM token_usage
GROUP BY ALL;

CREATE VIEW session_usage AS
SELECT
    session_id,
    min(timestamp) AS first_timestamp,
    max(timestamp) AS last_timestamp,
    arg_max(user_id, (timestamp, user_id)) AS user_id,
    arg_max(channel, (timestamp, channel)) AS channel,
    list(DISTINCT model ORDER BY model) FILTER (model IS NOT NULL) AS models,
    count(*) FILTER (signal IS DISTINCT FROM 'metric') AS calls,
    count(error_type) AS errors,
    sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens,
    sum(input_tokens) + sum(output_tokens) AS total_tokens,
    sum(cache_read_tokens) AS cache_read_tokens,
    sum(cache_creation_tokens) AS cache_creation_tokens,
    sum(reasoning_tokens) AS reasoning_tokens,
    fsum(estimated_cost) AS estimated_cost,
    count(*) FILTER (estimated_cost IS NULL AND (input_tokens <> 0 OR output_tokens <> 0)) AS unpriced_calls
FROM token_usage
GROUP BY session_id;

CREATE VIEW model_usage AS
SELECT
    model,
    provider,
    min(timestamp) AS first_timestamp,
    max(timestamp) AS last_timestamp,
    count(*) FILTER (signal IS DISTINCT FROM 'metric') AS calls,
    count(error_type) AS errors,
    sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens,
    sum(input_tokens) + sum(output_tokens) AS total_tokens,
    sum(cache_read_tokens) AS cache_read_tokens,
    sum(cache_creation_tokens) AS cache_creation_tokens,
    sum(reasoning_tokens) AS reasoning_tokens,
    fsum(estimated_cost) AS estimated_cost,
    count(*) FILTER (estimated_cost IS NULL AND (input_tokens <> 0 OR output_tokens <> 0)) AS unpriced_calls
FROM token_usage
GROUP BY model, provider;

CREATE VIEW unpriced_models AS
SELECT
    model,
    request_model,
    provider,
    endpoint_name,
    max(timestamp) AS last_timestamp,
    count(*) FILTER (signal IS DISTINCT FROM 'metric') AS calls,
    sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens,
    sum(input_tokens) + sum(output_tokens) AS total_tokens
FROM token_usage
WHERE estimated_cost IS NULL AND (input_tokens <> 0 OR output_tokens <> 0)
GROUP BY model, request_model, provider, endpoint_name;

CREATE VIEW doubtful_rows AS
SELECT
    timestamp,
    flags,
    model,
    provider,
    input_tokens,
    cache_read_tokens,
    cache_creation_tokens,
    output_tokens,
    reasoning_tokens,
    estimated_cost,
    dialect,
    scope,
    input_rule,
    replace(trace_id::VARCHAR, '-', '') AS trace_id,
    printf('%016x', span_id) AS span_id,
    printf('%016x', parent_span_id) AS parent_span_id,
    session_id,
    user_id,
    id
FROM token_usage
WHERE flags IS NOT NULL AND flags <> '';

COMMENT ON VIEW daily_usage IS 'tokens and cost by day (UTC), endpoint and model';
COMMENT ON COLUMN daily_usage.day IS 'the day in UTC';
COMMENT ON COLUMN daily_usage.endpoint_name IS 'where the calls went';
COMMENT ON COLUMN daily_usage.model IS 'the model that answered';
COMMENT ON COLUMN daily_usage.calls IS 'model calls, failed ones included';
COMMENT ON COLUMN daily_usage.errors IS 'calls that failed';
COMMENT ON COLUMN daily_usage.input_tokens IS 'all prompt tokens, cached ones included';
COMMENT ON COLUMN daily_usage.output_tokens IS 'all completion tokens, reasoning included';
COMMENT ON COLUMN daily_usage.total_tokens IS 'input_tokens + output_tokens';
COMMENT ON COLUMN daily_usage.cache_read_tokens IS 'a part of input_tokens';
COMMENT ON COLUMN daily_usage.cache_creation_tokens IS 'a part of input_tokens';
COMMENT ON COLUMN daily_usage.reasoning_tokens IS 'a part of output_tokens';
COMMENT ON COLUMN daily_usage.estimated_cost IS 'USD of the rows that have a cost; NULL when none has';
COMMENT ON COLUMN daily_usage.unpriced_calls IS 'rows with tokens and no cost';

COMMENT ON VIEW session_usage IS 'tokens and cost by session; rows without a session are one, whose session_id is NULL';
COMMENT ON COLUMN session_usage.session_id IS 'conversation';
COMMENT ON COLUMN session_usage.first_timestamp IS 'when its first call started, UTC';
COMMENT ON COLUMN session_usage.last_timestamp IS 'when its last call started, UTC';
COMMENT ON COLUMN session_usage.user_id IS 'the latest one';
COMMENT ON COLUMN session_usage.channel IS 'the latest one';
COMMENT ON COLUMN session_usage.models IS 'the models that answered';
COMMENT ON COLUMN session_usage.calls IS 'model calls, failed ones included';
COMMENT ON COLUMN session_usage.errors IS 'calls that failed';
COMMENT ON COLUMN session_usage.input_tokens IS 'all prompt tokens, cached ones included';
COMMENT ON COLUMN session_usage.output_tokens IS 'all completion tokens, reasoning included';
COMMENT ON COLUMN session_usage.total_tokens IS 'input_tokens + output_tokens';
COMMENT ON COLUMN session_usage.cache_read_tokens IS 'a part of input_tokens';
COMMENT ON COLUMN session_usage.cache_creation_tokens IS 'a part of input_tokens';
COMMENT ON COLUMN session_usage.reasoning_tokens IS 'a part of output_tokens';
COMMENT ON COLUMN session_usage.estimated_cost IS 'USD of the rows that have a cost; NULL when none has';
COMMENT ON COLUMN session_usage.unpriced_calls IS 'rows with tokens and no cost';

COMMENT ON VIEW model_usage IS 'tokens and cost by model and provider';
COMMENT ON COLUMN model_usage.model IS 'the model that answered';
COMMENT ON COLUMN model_usage.provider IS 'who serves the model, normalised';
COMMENT ON COLUMN model_usage.first_timestamp IS 'when its first call started, UTC';
COMMENT ON COLUMN model_usage.last_timestamp IS 'when its last call started, UTC';
COMMENT ON COLUMN model_usage.calls IS 'model calls, failed ones included';
COMMENT ON COLUMN model_usage.errors IS 'calls that failed';
COMMENT ON COLUMN model_usage.input_tokens IS 'all prompt tokens, cached ones included';
COMMENT ON COLUMN model_usage.output_tokens IS 'all completion tokens, reasoning included';
COMMENT ON COLUMN model_usage.total_tokens IS 'input_tokens + output_tokens';
COMMENT ON COLUMN model_usage.cache_read_tokens IS 'a part of input_tokens';
COMMENT ON COLUMN model_usage.cache_creation_tokens IS 'a part of input_tokens';
COMMENT ON COLUMN model_usage.reasoning_tokens IS 'a part of output_tokens';
COMMENT ON COLUMN model_usage.estimated_cost IS 'USD of the rows that have a cost; NULL when none has';
COMMENT ON COLUMN model_usage.unpriced_calls IS 'rows with tokens and no cost';

COMMENT ON VIEW unpriced_models IS 'models that have tokens and no cost: each needs a price';
COMMENT ON COLUMN unpriced_models.model IS 'the model that answered';
COMMENT ON COLUMN unpriced_models.request_model IS 'the model that was asked for';
COMMENT ON COLUMN unpriced_models.provider IS 'who serves the model, normalised';
COMMENT ON COLUMN unpriced_models.endpoint_name IS 'where the calls went';
COMMENT ON COLUMN unpriced_models.last_timestamp IS 'when the last such call started, UTC';
COMMENT ON COLUMN unpriced_models.calls IS 'such calls';
COMMENT ON COLUMN unpriced_models.input_tokens IS 'their prompt tokens';
COMMENT ON COLUMN unpriced_models.output_tokens IS 'their completion tokens';
COMMENT ON COLUMN unpriced_models.total_tokens IS 'input_tokens + output_tokens';

COMMENT ON VIEW doubtful_rows IS 'counted rows that something is odd about, with the ids as traces show them';
COMMENT ON COLUMN doubtful_rows.timestamp IS 'when the call started, UTC';
COMMENT ON COLUMN doubtful_rows.flags IS 'what is odd, words separated by commas';
COMMENT ON COLUMN doubtful_rows.model IS 'the model that answered';
COMMENT ON COLUMN doubtful_rows.provider IS 'who serves the model, normalised';
COMMENT ON COLUMN doubtful_rows.input_tokens IS 'all prompt tokens, as stored';
COMMENT ON COLUMN doubtful_rows.cache_read_tokens IS 'a part of input_tokens';
COMMENT ON COLUMN doubtful_rows.cache_creation_tokens IS 'a part of input_tokens';
COMMENT ON COLUMN doubtful_rows.output_tokens IS 'all completion tokens, as stored';
COMMENT ON COLUMN doubtful_rows.reasoning_tokens IS 'a part of output_tokens';
COMMENT ON COLUMN doubtful_rows.estimated_cost IS 'USD; NULL when not known';
COMMENT ON COLUMN doubtful_rows.dialect IS 'what the sender speaks';
COMMENT ON COLUMN doubtful_rows.scope IS 'the instrumentation that reported it';
COMMENT ON COLUMN doubtful_rows.input_rule IS 'how the input was understood';
COMMENT ON COLUMN doubtful_rows.trace_id IS 'the trace, 32 hex digits';
COMMENT ON COLUMN doubtful_rows.span_id IS 'the span, 16 hex digits';
COMMENT ON COLUMN doubtful_rows.parent_span_id IS 'the span above, 16 hex digits';
COMMENT ON COLUMN doubtful_rows.session_id IS 'conversation';
COMMENT ON COLUMN doubtful_rows.user_id IS 'who it was for';
COMMENT ON COLUMN doubtful_rows.id IS 'the row in token_usage';

COMMENT ON TABLE token_usage IS 'one row per model call, each counted once';
COMMENT ON COLUMN token_usage.id IS 'identity of the report, from trace and span id: the same report always has the same id';
COMMENT ON COLUMN token_usage.timestamp IS 'when the call started, UTC';
COMMENT ON COLUMN token_usage.session_id IS 'conversation';
COMMENT ON COLUMN token_usage.endpoint_name IS 'where the call went: as told, else the provider, else the address of the server';
COMMENT ON COLUMN token_usage.model IS 'the model that answered, else the one asked for';
COMMENT ON COLUMN token_usage.operation_type IS 'as told, else chat, embeddings, …';
COMMENT ON COLUMN token_usage.operation_detail IS 'as told, else the name of the agent or workflow';
COMMENT ON COLUMN token_usage.input_tokens IS 'all prompt tokens, cached ones included';
COMMENT ON COLUMN token_usage.output_tokens IS 'all completion tokens, reasoning included';
COMMENT ON COLUMN token_usage.cache_creation_tokens IS 'tokens written to the cache, a part of input_tokens';
COMMENT ON COLUMN token_usage.cache_read_tokens IS 'tokens read from the cache, a part of input_tokens';
COMMENT ON COLUMN token_usage.context_tokens IS 'as told, else input_tokens';
COMMENT ON COLUMN token_usage.iteration IS 'step of the agent loop, where told';
COMMENT ON COLUMN token_usage.channel IS 'telegram, web, …';
COMMENT ON COLUMN token_usage.user_id IS 'who it was for';
COMMENT ON COLUMN token_usage.estimated_cost IS 'what the call cost in USD: reported, else computed; NULL when not known, never 0 for that';
COMMENT ON COLUMN token_usage.reported_cost IS 'what the sender reported, USD';
COMMENT ON COLUMN token_usage.computed_cost IS 'what the prices at the time of the call give, USD';
COMMENT ON COLUMN token_usage.reasoning_tokens IS 'a part of output_tokens';
COMMENT ON COLUMN token_usage.request_model IS 'the model that was asked for';
COMMENT ON COLUMN token_usage.provider IS 'who serves the model, normalised';
COMMENT ON COLUMN token_usage.response_id IS 'what the provider calls its answer';
COMMENT ON COLUMN token_usage.service_name IS 'the program that made the call';
COMMENT ON COLUMN token_usage.agent_name IS 'the agent inside that program';
COMMENT ON COLUMN token_usage.error_type IS 'set on a failed call; a failed call without usage is a row of zero tokens';
COMMENT ON COLUMN token_usage.duration_ms IS 'how long the call took in milliseconds; NULL when the span ends before it starts';
COMMENT ON COLUMN token_usage.trace_id IS 'the trace; WHERE trace_id = ''<32 hex digits>'' works';
COMMENT ON COLUMN token_usage.span_id IS 'the span as a number; printf(''%016x'', span_id) gives the usual form';
COMMENT ON COLUMN token_usage.parent_span_id IS 'the span above, as a number';
COMMENT ON COLUMN token_usage.dialect IS 'what the sender speaks';
COMMENT ON COLUMN token_usage.signal IS 'span, log or metric; a row of a metric is no call of its own';
COMMENT ON COLUMN token_usage.input_rule IS 'how the input was understood: with or without the cached tokens';
COMMENT ON COLUMN token_usage.attributes IS 'allow-listed extra attributes as JSON; never prompts or completions';
COMMENT ON COLUMN token_usage.role IS 'what the report is in its trace: a model call, an agent, a workflow, …';
COMMENT ON COLUMN token_usage.scope IS 'the instrumentation that reported it';
COMMENT ON COLUMN token_usage.span_kind IS 'the kind of span that OTLP gives';
COMMENT ON COLUMN token_usage.request_id IS 'what the sender calls the request';
COMMENT ON COLUMN token_usage.service_instance IS 'which process of the service reported it';
COMMENT ON COLUMN token_usage.series IS 'the metric series of a point';
COMMENT ON COLUMN token_usage.flags IS 'words that make a row doubtful, separated by commas; NULL when nothing does';
COMMENT ON COLUMN token_usage.authority IS 'how far its source is believed where several report one call';
COMMENT ON COLUMN token_usage.reported IS 'what the record itself said where accounting changed a column, as JSON';

COMMENT ON TABLE token_usage_uncounted IS 'what was reported and is not counted, with the reason';
COMMENT ON COLUMN token_usage_uncounted.id IS 'identity of the report, from trace and span id: the same report always has the same id';
COMMENT ON COLUMN token_usage_uncounted.timestamp IS 'when the call started, UTC';
COMMENT ON COLUMN token_usage_uncounted.session_id IS 'conversation';
COMMENT ON COLUMN token_usage_uncounted.endpoint_name IS 'where the call went: as told, else the provider, else the address of the server';
COMMENT ON COLUMN token_usage_uncounted.model IS 'the model that answered, else the one asked for';
COMMENT ON COLUMN token_usage_uncounted.operation_type IS 'as told, else chat, embeddings, …';
COMMENT ON COLUMN token_usage_uncounted.operation_detail IS 'as told, else the name of the agent or workflow';
COMMENT ON COLUMN token_usage_uncounted.input_tokens IS 'all prompt tokens, cached ones included';
COMMENT ON COLUMN token_usage_uncounted.output_tokens IS 'all completion tokens, reasoning included';
COMMENT ON COLUMN token_usage_uncounted.cache_creation_tokens IS 'tokens written to the cache, a part of input_tokens';
COMMENT ON COLUMN token_usage_uncounted.cache_read_tokens IS 'tokens read from the cache, a part of input_tokens';
COMMENT ON COLUMN token_usage_uncounted.context_tokens IS 'as told, else input_tokens';
COMMENT ON COLUMN token_usage_uncounted.iteration IS 'step of the agent loop, where told';
COMMENT ON COLUMN token_usage_uncounted.channel IS 'telegram, web, …';
COMMENT ON COLUMN token_usage_uncounted.user_id IS 'who it was for';
COMMENT ON COLUMN token_usage_uncounted.estimated_cost IS 'what the call cost in USD: reported, else computed; NULL when not known, never 0 for that';
COMMENT ON COLUMN token_usage_uncounted.reported_cost IS 'what the sender reported, USD';
COMMENT ON COLUMN token_usage_uncounted.computed_cost IS 'what the prices at the time of the call give, USD';
COMMENT ON COLUMN token_usage_uncounted.reasoning_tokens IS 'a part of output_tokens';
COMMENT ON COLUMN token_usage_uncounted.request_model IS 'the model that was asked for';
COMMENT ON COLUMN token_usage_uncounted.provider IS 'who serves the model, normalised';
COMMENT ON COLUMN token_usage_uncounted.response_id IS 'what the provider calls its answer';
COMMENT ON COLUMN token_usage_uncounted.service_name IS 'the program that made the call';
COMMENT ON COLUMN token_usage_uncounted.agent_name IS 'the agent inside that program';
COMMENT ON COLUMN token_usage_uncounted.error_type IS 'set on a failed call; a failed call without usage is a row of zero tokens';
COMMENT ON COLUMN token_usage_uncounted.duration_ms IS 'how long the call took in milliseconds; NULL when the span ends before it starts';
COMMENT ON COLUMN token_usage_uncounted.trace_id IS 'the trace; WHERE trace_id = ''<32 hex digits>'' works';
COMMENT ON COLUMN token_usage_uncounted.span_id IS 'the span as a number; printf(''%016x'', span_id) gives the usual form';
COMMENT ON COLUMN token_usage_uncounted.parent_span_id IS 'the span above, as a number';
COMMENT ON COLUMN token_usage_uncounted.dialect IS 'what the sender speaks';
COMMENT ON COLUMN token_usage_uncounted.signal IS 'span, log or metric; a row of a metric is no call of its own';
COMMENT ON COLUMN token_usage_uncounted.input_rule IS 'how the input was understood: with or without the cached tokens';
COMMENT ON COLUMN token_usage_uncounted.attributes IS 'allow-listed extra attributes as JSON; never prompts or completions';
COMMENT ON COLUMN token_usage_uncounted.role IS 'what the report is in its trace: a model call, an agent, a workflow, …';
COMMENT ON COLUMN token_usage_uncounted.scope IS 'the instrumentation that reported it';
COMMENT ON COLUMN token_usage_uncounted.span_kind IS 'the kind of span that OTLP gives';
COMMENT ON COLUMN token_usage_uncounted.request_id IS 'what the sender calls the request';
COMMENT ON COLUMN token_usage_uncounted.service_instance IS 'which process of the service reported it';
COMMENT ON COLUMN token_usage_uncounted.series IS 'the metric series of a point';
COMMENT ON COLUMN token_usage_uncounted.flags IS 'words that make a row doubtful, separated by commas; NULL when nothing does';
COMMENT ON COLUMN token_usage_uncounted.authority IS 'how far its source is believed where several report one call';
COMMENT ON COLUMN token_usage_uncounted.reported IS 'what the record itself said where accounting changed a column, as JSON';
COMMENT ON COLUMN token_usage_uncounted.reason IS 'why it is not counted';
COMMENT ON COLUMN token_usage_uncounted.counted_id IS 'the row of token_usage that is counted instead';

COMMENT ON TABLE trace_spans IS 'spans without usage, kept for a while: the tree between reports';
COMMENT ON TABLE tokenlake_migrations IS 'the changes of this schema that were made';
COMMENT ON COLUMN trace_spans.trace_id IS 'the trace';
COMMENT ON COLUMN trace_spans.span_id IS 'the span as a number';
COMMENT ON COLUMN trace_spans.parent_span_id IS 'the span above, as a number';
COMMENT ON COLUMN trace_spans.timestamp IS 'when the span started, UTC';
COMMENT ON COLUMN trace_spans.end_timestamp IS 'when the span ended, UTC';
COMMENT ON COLUMN trace_spans.role IS 'what the span is in its trace';
COMMENT ON COLUMN trace_spans.session_id IS 'conversation, for reports below it';
COMMENT ON COLUMN trace_spans.user_id IS 'who it was for, for reports below it';
COMMENT ON COLUMN trace_spans.channel IS 'channel, for reports below it';
COMMENT ON COLUMN trace_spans.operation_detail IS 'agent or workflow, for reports below it';
COMMENT ON COLUMN trace_spans.seen_at IS 'when it arrived, UTC';
COMMENT ON COLUMN tokenlake_migrations.version IS 'number of the change';
COMMENT ON COLUMN tokenlake_migrations.name IS 'its file';
COMMENT ON COLUMN tokenlake_migrations.applied_at IS 'when it was made, UTC';
