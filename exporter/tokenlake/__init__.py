"""What an agent imports: who its model calls are for, what they used, and where that is sent."""

from tokenlake.context import (
    TokenTrackingContext,
    get_tracking_context,
    reset_tracking_context,
    set_tracking_context,
)
from tokenlake.processor import TokenTrackingProcessor
from tokenlake.record import record_usage
from tokenlake.scope import tracking_context
from tokenlake.tracking import init_token_tracking, shutdown_token_tracking
from tokenlake.version import __version__

__all__ = [
    "TokenTrackingContext",
    "TokenTrackingProcessor",
    "__version__",
    "get_tracking_context",
    "init_token_tracking",
    "record_usage",
    "reset_tracking_context",
    "set_tracking_context",
    "shutdown_token_tracking",
    "tracking_context",
]
