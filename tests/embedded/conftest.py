"""What every test of embedded mode starts from: no place to read or prices from elsewhere."""

from __future__ import annotations

import pytest

_VARIABLES = ("TOKENLAKE_DB", "TOKENLAKE_URL", "TOKENLAKE_TIMEZONE", "TOKENLAKE_TARGET", "TOKENLAKE_PRICES")


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
