"""One model call as its caller describes it, and how that reads as a span."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from opentelemetry.util.types import AttributeValue

from tokenlake import attributes as keys
from tokenlake.amounts import INT32_MAX, real, whole
from tokenlake.context import get_tracking_context
from tokenlake.processor import text

# The conventions' names for one call of a model. Names of containers (invoke_agent, execute_tool, …) are not
# here: under such a name the call would count as a summary of other calls.
_MODEL_CALLS: Final = frozenset({"chat", "embeddings", "generate_content", "text_completion"})


@dataclass(frozen=True, slots=True)
class ModelCall:
    """The arguments of `record_usage`, which describes them; unchecked."""

    model: str | None
    endpoint_name: str | None
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_creation_tokens: int | None
    reasoning_tokens: int | None
    context_tokens: int | None
    iteration: int | None
    operation_type: str | None
    operation_detail: str | None
    estimated_cost: float | None
    session_id: str | None
    user_id: str | None
    channel: str | None
    response_id: str | None
    error_type: str | None
    start_time: datetime | None
    duration_ms: float | None

    @property
    def operation_name(self) -> str:
        """The conventions' name of the operation, by the operation type of the call or else its context."""
        operation_type = text(self.operation_type) or text(get_tracking_context().operation_type)
        return operation_type if operation_type in _MODEL_CALLS else "chat"

    def attributes(self) -> dict[str, AttributeValue]:
        """Return the span's attributes; what is not given, or cannot be right, is left out."""
        candidates = {keys.OPERATION_NAME: self.operation_name, **self._words(), **self._numbers()}
        return {key: value for key, value in candidates.items() if value is not None}

    def _words(self) -> dict[str, str | None]:
        return {
            keys.REQUEST_MODEL: text(self.model),
            keys.RESPONSE_ID: text(self.response_id),
            keys.ENDPOINT_NAME: text(self.endpoint_name),
            keys.OPERATION_TYPE: text(self.operation_type),
            keys.OPERATION_DETAIL: text(self.operation_detail),
            keys.CONVERSATION_ID: text(self.session_id),
            keys.USER_ID: text(self.user_id),
            keys.CHANNEL: text(self.channel),
            keys.ERROR_TYPE: text(self.error_type),
        }

    def _numbers(self) -> dict[str, int | float | None]:
        return {
            keys.INPUT_TOKENS: whole("input_tokens", self.input_tokens),
            keys.OUTPUT_TOKENS: whole("output_tokens", self.output_tokens),
            keys.CACHE_READ_TOKENS: whole("cache_read_tokens", self.cache_read_tokens),
            keys.CACHE_CREATION_TOKENS: whole("cache_creation_tokens", self.cache_creation_tokens),
            keys.REASONING_TOKENS: whole("reasoning_tokens", self.reasoning_tokens),
            keys.CONTEXT_TOKENS: whole("context_tokens", self.context_tokens),
            keys.ITERATION: whole("iteration", self.iteration, INT32_MAX),
            keys.ESTIMATED_COST: real("estimated_cost", self.estimated_cost, "USD"),
        }
