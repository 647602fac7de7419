"""What an agent imports: who its model calls are for, what they used, and where that is sent."""

from tokenlake.attribution.baggage_settings import BaggageSettings
from tokenlake.attribution.context import (
    TokenTrackingContext,
    get_tracking_context,
    reset_tracking_context,
    set_tracking_context,
)
from tokenlake.attribution.middleware import TokenTrackingASGI, TokenTrackingWSGI
from tokenlake.attribution.processor import TokenTrackingProcessor
from tokenlake.attribution.propagation import TokenTrackingPropagator, install_baggage, tracking_headers
from tokenlake.attribution.scope import tracking_context
from tokenlake.attribution.threads import TrackingThreadPoolExecutor, carry_context
from tokenlake.delivery.statistics import DeliveryStatistics, delivery_statistics
from tokenlake.lifetime.sampling import RecordingSampler
from tokenlake.lifetime.tracking import flush_token_tracking, init_token_tracking, shutdown_token_tracking
from tokenlake.reporting.record import record_usage
from tokenlake.version import __version__

__all__ = [
    "BaggageSettings",
    "DeliveryStatistics",
    "RecordingSampler",
    "TokenTrackingASGI",
    "TokenTrackingContext",
    "TokenTrackingProcessor",
    "TokenTrackingPropagator",
    "TokenTrackingWSGI",
    "TrackingThreadPoolExecutor",
    "__version__",
    "carry_context",
    "delivery_statistics",
    "flush_token_tracking",
    "get_tracking_context",
    "init_token_tracking",
    "install_baggage",
    "record_usage",
    "reset_tracking_context",
    "set_tracking_context",
    "shutdown_token_tracking",
    "tracking_context",
    "tracking_headers",
]
