"""Settings of the whole suite."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# Opening a ledger can take longer on a busy machine than hypothesis likes; examples are bounded instead.
settings.register_profile(
    "tokenlake", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tokenlake")


@pytest.fixture
def anyio_backend() -> str:
    """Run `anyio` tests on asyncio, which the collector uses."""
    return "asyncio"
