"""Settings of the whole suite."""

from __future__ import annotations

import secrets

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


@pytest.fixture(autouse=True)
def spool_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test send what another one, whose collector had the same port, left in the home's spool."""
    spool = tmp_path_factory.getbasetemp() / "spool" / secrets.token_hex(8)
    monkeypatch.setenv("TOKENLAKE_SPOOL", str(spool))
