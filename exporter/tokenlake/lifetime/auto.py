"""Tracking without a line of code: what `opentelemetry-instrument` and `tokenlake run` start."""

import logging
import os

from tokenlake.lifetime.environment import is_tracking_off
from tokenlake.lifetime.standby import stand_by
from tokenlake.lifetime.tracking import follow_application_provider, init_token_tracking

_logger = logging.getLogger("tokenlake")


def install() -> None:
    """Start tracking as the environment says; never raises, and a second call does nothing.

    It runs before the application, so it sets no tracer provider: the application still can.
    """
    try:
        if not is_tracking_off(os.environ):
            stand_by(follow_application_provider)
        init_token_tracking()
    except Exception as error:  # noqa: BLE001  # raised here it would cost the application all its instrumentation
        _logger.warning("token tracking is off: %s", error)
