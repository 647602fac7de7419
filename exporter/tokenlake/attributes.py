"""The span attribute keys this package writes, and where each name comes from.

Literals on purpose: the semantic-conventions package keeps the GenAI names in a private `_incubating`
module that changes without notice.
"""

from typing import Final

# OpenTelemetry GenAI semantic conventions.
CONVERSATION_ID: Final = "gen_ai.conversation.id"
OPERATION_NAME: Final = "gen_ai.operation.name"
PROVIDER_NAME: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
RESPONSE_ID: Final = "gen_ai.response.id"
RESPONSE_MODEL: Final = "gen_ai.response.model"
USAGE_PREFIX: Final = "gen_ai.usage."
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
CACHE_READ_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
CACHE_CREATION_TOKENS: Final = "gen_ai.usage.cache_creation.input_tokens"
REASONING_TOKENS: Final = "gen_ai.usage.reasoning.output_tokens"

# OpenTelemetry semantic conventions, general.
ERROR_TYPE: Final = "error.type"
SERVICE_NAME: Final = "service.name"
USER_ID: Final = "user.id"

# Ours: what the conventions have no name for.
CHANNEL: Final = "tokenlake.channel"
SESSION_ID: Final = "tokenlake.session.id"
OPERATION_TYPE: Final = "tokenlake.operation.type"
OPERATION_DETAIL: Final = "tokenlake.operation.detail"
ENDPOINT_NAME: Final = "tokenlake.endpoint.name"
ITERATION: Final = "tokenlake.iteration"
CONTEXT_TOKENS: Final = "tokenlake.context_tokens"
ESTIMATED_COST: Final = "tokenlake.estimated_cost"
